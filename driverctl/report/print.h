/// Results on stdout: what commands print there goes through these.
///
/// A report is a value with two pure functions, toText() and toJson(), of which printReport()
/// prints the one that is wanted.
#pragma once

#include "driverctl/cli/command_settings.h"
#include "driverctl/cli/settings.h"
#include "host/base/printable.h"

#include <concepts>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace driverctl {

/// The argument as it is printed: a text may come from outside, so it becomes one printable line.
template <typename Argument>
auto printed(const Argument& argument) {
    if constexpr (std::convertible_to<const Argument&, std::string_view>) {
        return host::printable(argument);
    } else {
        return argument;
    }
}

/// fmt::format for what is printed. Only `format` can begin a new line, or steer a terminal.
template <typename... Arguments>
std::string line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    return [&format](const auto&... texts) {
        return fmt::vformat(format, fmt::make_format_args(texts...));
    }(printed(arguments)...);
}

template <typename... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    std::cout << line(format, std::forward<Arguments>(arguments)...);
}

/// As it is printed, its last newline included. Bytes that are no UTF-8, such as those of a file's
/// name or a compiler's, are replaced.
std::string documentOf(const nlohmann::ordered_json& json);

template <typename Report>
void printReport(const Report& report, const Settings& settings) {
    std::cout << (settings.get(&CommandSettings::json) ? documentOf(toJson(report))
                                                       : toText(report));
}

} // namespace driverctl
