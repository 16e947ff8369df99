#include "driverctl/cli/options.h"

#include "driverctl/cli/nearest.h"
#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/printable.h"
#include "host/base/secret.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>
#include <unistd.h>

namespace driverctl {

namespace {

bool parseFlag(const std::string& value) {
    if (value == "true" || value == "1" || value == "yes" || value == "on") {
        return true;
    }
    if (value == "false" || value == "0" || value == "no" || value == "off") {
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
    std::string escaped;
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            escaped += '\\';
        }
        escaped += character;
    }
    return '"' + host::printable(escaped) + '"';
}

struct Parser {
    const Setting& row;
    const std::vector<std::string>& values;

    void operator()(std::string* slot) const { *slot = values.back(); }
    void operator()(std::filesystem::path* slot) const { *slot = values.back(); }
    void operator()(bool* slot) const { *slot = parseFlag(values.back()); }
    void operator()(unsigned* slot) const { *slot = parseNumber(values.back()); }
    void operator()(std::vector<std::string>* slot) const { *slot = values; }
    void operator()(const Choice& choice) const {
        choice.set(std::ranges::find(row.choices, values.back(), &Word::text)->code);
    }
};

struct Lister {
    const Setting& row;

    std::vector<std::string> operator()(const std::string* slot) const { return {*slot}; }
    std::vector<std::string> operator()(const std::filesystem::path* slot) const {
        return {slot->string()};
    }
    std::vector<std::string> operator()(const bool* slot) const {
        return {*slot ? "true" : "false"};
    }
    std::vector<std::string> operator()(const unsigned* slot) const {
        return {std::to_string(*slot)};
    }
    std::vector<std::string> operator()(const std::vector<std::string>* slot) const {
        return *slot;
    }
    std::vector<std::string> operator()(const Choice& choice) const {
        return {std::string(std::ranges::find(row.choices, choice.get(), &Word::code)->text)};
    }
};

std::vector<std::string_view> wordsOf(const Setting& row) {
    std::vector<std::string_view> words;
    std::ranges::transform(row.choices, std::back_inserter(words), &Word::text);
    return words;
}

[[noreturn]] void refuse(const Setting& row, const std::vector<std::string>& values,
                         std::string_view origin, std::string_view wanted) {
    const std::string value = values.empty() ? "" : shown(row, values.back());
    const auto words = wordsOf(row);
    throw host::Error(
        host::Fault::Usage,
        fmt::format("{}: {} cannot be '{}'{}", origin, row.name, value, suggestion(value, words)),
        fmt::format("Give {}.", wanted));
}

/// What no setting takes, whatever its type.
void requireContent(const Setting& row, const std::vector<std::string>& values,
                    std::string_view origin) {
    static const Options defaults;
    const auto isEmpty = [](const std::string& value) { return value.empty(); };
    const bool empty = values.empty() || std::ranges::any_of(values, isEmpty);
    if (empty && row.guards) {
        refuse(row, values, origin,
               "a value, or leave the setting out: an empty one would switch off what it guards");
    }
    const auto standard = valuesOf(defaults, row);
    const bool needed = row.isList() ? !values.empty() || !standard.empty()
                                     : values.empty() || !std::ranges::any_of(standard, isEmpty);
    if (empty && needed && row.choices.empty()) {
        refuse(row, values, origin, "a value");
    }
    for (const std::string& value : values) {
        if (value.find('\0') != std::string::npos) {
            refuse(row, {host::printable(value)}, origin, "a value without a NUL character");
        }
        if (row.secret != Secret::None && host::hasHiddenSecret(value)) {
            refuse(row, values, origin, "the value with its secret, which was hidden here");
        }
    }
}

} // namespace

std::string shown(const Setting& setting, const std::string& value) {
    switch (setting.secret) {
    case Secret::Password:
        return host::withoutPassword(value);
    case Secret::Pin:
        return host::isPkcs11Uri(value) ? host::withoutPin(value) : value;
    case Secret::None:
        break;
    }
    return value;
}

void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin) {
    requireContent(setting, values, origin);
    std::vector<std::string> known = values;
    for (const auto& [synonym, choice] : setting.synonyms) {
        known.back() = known.back() == synonym ? std::string(choice) : known.back();
    }
    if (!setting.choices.empty() &&
        std::ranges::find(setting.choices, known.back(), &Word::text) == setting.choices.end()) {
        refuse(setting, known, origin, fmt::format("one of: {}", fmt::join(wordsOf(setting), " ")));
    }
    try {
        std::visit(Parser{setting, known}, setting.in(options));
    } catch (const std::invalid_argument& wanted) {
        refuse(setting, known, origin, wanted.what());
    }
}

void requireInput(const Options& options, const Setting& setting) {
    for (const std::string& value : valuesOf(options, setting)) {
        if (!setting.isInput || value.empty() || host::isPkcs11Uri(value)) {
            continue;
        }
        const bool unreadable = ::faccessat(AT_FDCWD, value.c_str(), R_OK, AT_EACCESS) != 0;
        std::error_code error(unreadable ? errno : 0, std::generic_category());
        if (!error && setting.placeholder.starts_with("FILE") &&
            std::filesystem::is_directory(value, error)) {
            error = std::make_error_code(std::errc::is_a_directory);
        }
        if (error) {
            throw host::Error(host::Fault::Usage,
                              host::SystemError("read", value, error.value()).what(),
                              "Check the name and its permissions.");
        }
    }
}

std::vector<std::string> valuesOf(const Options& options, const Setting& setting) {
    // A row knows where its value is, not whether that may be changed; Lister only reads.
    return std::visit(Lister{setting}, setting.in(const_cast<Options&>(options)));
}

std::string format(const Options& options, const Setting& setting) {
    std::vector<std::string> items = valuesOf(options, setting);
    if (setting.is<bool*>() || setting.is<unsigned*>()) {
        return items.front();
    }
    for (std::string& item : items) {
        item = quoted(shown(setting, item));
    }
    return setting.isList() ? fmt::format("[{}]", fmt::join(items, ", ")) : items.front();
}

} // namespace driverctl
