#include "driverctl/cli/argument.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace driverctl {

Arguments::Arguments(std::span<const Argument> rows, Layer values)
    : rows_(rows), values_(std::move(values)) {
    for (const auto& [name, given] : values_) {
        const Argument& argument = row(name);
        const auto origin = argument.isFlag() ? fmt::format("flag --{}", name) : "the arguments";
        for (const std::string& value : given) {
            if (value.empty() && !argument.mayBeEmpty) {
                refuse(argument.rules(), value, origin, "a value");
            }
            check(argument.rules(), value, origin);
        }
    }
}

void Arguments::requireInputs() const {
    for (const auto& [name, given] : values_) {
        for (const std::string& value : given) {
            if (row(name).isInput) {
                requireReadable(value, row(name).placeholder);
            }
        }
    }
}

const std::vector<std::string>& Arguments::words(std::string_view name) const {
    static const std::vector<std::string> none;
    const auto given = values_.find(row(name).name);
    return given == values_.end() ? none : given->second;
}

std::string Arguments::word(std::string_view name) const {
    return has(name) ? words(name).back() : "";
}

std::optional<int> Arguments::codeOfWord(std::string_view name) const {
    if (!has(name)) {
        return std::nullopt;
    }
    return std::ranges::find(row(name).choices, words(name).back(), &Word::text)->code;
}

const Argument& Arguments::row(std::string_view name) const {
    const auto found = std::ranges::find(rows_, name, &Argument::name);
    if (found == rows_.end()) {
        throw std::logic_error(fmt::format("the command has no argument {}", name));
    }
    return *found;
}

} // namespace driverctl
