/// Results on stdout: what commands print there goes through these.
#pragma once

#include "host/base/printable.h"

#include <concepts>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json_fwd.hpp>
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

/// fmt::print to std::cout. Only `format` can begin a new line, or steer a terminal.
template <typename... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    [&format](const auto&... texts) {
        std::cout << fmt::vformat(format, fmt::make_format_args(texts...));
    }(printed(arguments)...);
}

/// A JSON document. Bytes that are no UTF-8, such as those of a file's name, are replaced.
void printDocument(const nlohmann::ordered_json& document);

} // namespace driverctl
