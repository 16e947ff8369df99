#include "driverctl/options.h"

#include "host/error.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace driverctl {

namespace {

bool parseFlag(const std::string& value) {
    if (value == "true" || value == "1" || value == "yes" || value == "on") {
        return true;
    }
    if (value == "false" || value == "0" || value == "no" || value == "off" || value.empty()) {
        return false;
    }
    throw std::invalid_argument("true or false");
}

unsigned parseNumber(const std::string& value) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size()) {
        throw std::invalid_argument("a number");
    }
    return number;
}

/// A TOML basic string.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            out += '\\';
        }
        out += character;
    }
    return out + '"';
}

struct Parser {
    Options& options;
    const std::vector<std::string>& values;

    void operator()(std::string Options::*member) const { options.*member = values.back(); }
    void operator()(std::filesystem::path Options::*member) const {
        options.*member = values.back();
    }
    void operator()(bool Options::*member) const { options.*member = parseFlag(values.back()); }
    void operator()(unsigned Options::*member) const {
        options.*member = parseNumber(values.back());
    }
    void operator()(std::vector<std::string> Options::*member) const { options.*member = values; }
};

struct Formatter {
    const Options& options;

    std::string operator()(std::string Options::*member) const { return quoted(options.*member); }
    std::string operator()(std::filesystem::path Options::*member) const {
        return quoted((options.*member).string());
    }
    std::string operator()(bool Options::*member) const {
        return options.*member ? "true" : "false";
    }
    std::string operator()(unsigned Options::*member) const {
        return std::to_string(options.*member);
    }
    std::string operator()(std::vector<std::string> Options::*member) const {
        std::vector<std::string> items;
        for (const std::string& item : options.*member) {
            items.push_back(quoted(item));
        }
        return fmt::format("[{}]", fmt::join(items, ", "));
    }
};

struct Lister {
    const Options& options;

    std::vector<std::string> operator()(std::string Options::*member) const {
        return {options.*member};
    }
    std::vector<std::string> operator()(std::filesystem::path Options::*member) const {
        return {(options.*member).string()};
    }
    std::vector<std::string> operator()(bool Options::*member) const {
        return {options.*member ? "true" : "false"};
    }
    std::vector<std::string> operator()(unsigned Options::*member) const {
        return {std::to_string(options.*member)};
    }
    std::vector<std::string> operator()(std::vector<std::string> Options::*member) const {
        return options.*member;
    }
};

} // namespace

void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin) {
    const auto refuse = [&](std::string_view wanted) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("{}: {} cannot be '{}'", origin, setting.name,
                                      values.empty() ? "" : values.back()),
                          fmt::format("Give {}.", wanted));
    };
    if (values.empty() &&
        !std::holds_alternative<std::vector<std::string> Options::*>(setting.member)) {
        refuse("a value");
    }
    std::vector<std::string> known = values;
    for (const auto& [synonym, choice] : setting.synonyms) {
        known.back() = known.back() == synonym ? std::string(choice) : known.back();
    }
    if (!setting.choices.empty() &&
        std::ranges::find(setting.choices, known.back()) == setting.choices.end()) {
        refuse(fmt::format("one of: {}", fmt::join(setting.choices, " ")));
    }
    try {
        std::visit(Parser{options, known}, setting.member);
    } catch (const std::invalid_argument& wanted) {
        refuse(wanted.what());
    }
}

std::vector<std::string> valuesOf(const Options& options, const Setting& setting) {
    return std::visit(Lister{options}, setting.member);
}

std::string format(const Options& options, const Setting& setting) {
    return std::visit(Formatter{options}, setting.member);
}

} // namespace driverctl
