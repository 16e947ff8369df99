#include "driverctl/cli/setting.h"

#include "host/base/printable.h"
#include "host/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

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
    const auto number = host::toNumber<unsigned>(value);
    if (!number) {
        throw std::invalid_argument("a number");
    }
    return *number;
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

void requireContent(const Setting& row, const std::vector<std::string>& values,
                    std::string_view origin) {
    static const Options defaults;
    const auto isEmpty = [](const std::string& value) { return value.empty(); };
    if (!values.empty() && std::ranges::none_of(values, isEmpty)) {
        return;
    }
    if (row.guards) {
        refuse(row.rules(), "", origin,
               "a value, or leave the setting out: an empty one would switch off what it guards");
    }
    const auto standard = valuesOf(defaults, row);
    const bool needed = row.isList() ? !values.empty() || !standard.empty()
                                     : values.empty() || !std::ranges::any_of(standard, isEmpty);
    if (needed && row.choices.empty()) {
        refuse(row.rules(), "", origin, "a value");
    }
}

/// A row knows where its value is, not whether that may be changed: for those who only read.
Slot slotOf(const Options& options, const Setting& setting) {
    return setting.in(const_cast<Options&>(options));
}

} // namespace

void assign(Options& options, const Setting& setting, const std::vector<std::string>& values,
            std::string_view origin) {
    requireContent(setting, values, origin);
    std::vector<std::string> known = values;
    for (const auto& [synonym, choice] : setting.synonyms) {
        known.back() = known.back() == synonym ? std::string(choice) : known.back();
    }
    for (const std::string& value : known) {
        check(setting.rules(), value, origin);
    }
    try {
        std::visit(Parser{setting, known}, setting.in(options));
    } catch (const std::invalid_argument& wanted) {
        refuse(setting.rules(), known.empty() ? "" : known.back(), origin, wanted.what());
    }
}

const void* placeOf(const Options& options, const Setting& setting) {
    const auto place = [](const auto& slot) -> const void* {
        if constexpr (std::is_same_v<decltype(slot), const Choice&>) {
            return slot.place();
        } else {
            return slot;
        }
    };
    return std::visit(place, slotOf(options, setting));
}

std::vector<std::string> valuesOf(const Options& options, const Setting& setting) {
    return std::visit(Lister{setting}, slotOf(options, setting));
}

std::string format(const Options& options, const Setting& setting) {
    std::vector<std::string> items = valuesOf(options, setting);
    if (setting.is<bool*>() || setting.is<unsigned*>()) {
        return items.front();
    }
    for (std::string& item : items) {
        item = quoted(shown(setting.secret, item));
    }
    return setting.isList() ? fmt::format("[{}]", fmt::join(items, ", ")) : items.front();
}

} // namespace driverctl
