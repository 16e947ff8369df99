/// JSON that somebody else wrote, read the one way that leaves no room for a second reading.
///
/// A key that is there twice is refused, because readers differ in which value they take; so is
/// nesting that is deeper than any document of ours, because copying such a value recurses.
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace host {

/// Throws host::Error that says what is wrong, and where for malformed text.
nlohmann::json parseUntrusted(const std::string& text);

/// The number, when it is an integer that the type holds: the library would convert 1e45 and -1 as
/// well, to nobody knows what.
template <std::integral Type, typename Json>
std::optional<Type> integerIn(const Json& value) {
    const auto narrowed = [](auto number) {
        return std::in_range<Type>(number) ? std::optional(static_cast<Type>(number))
                                           : std::nullopt;
    };
    return value.is_number_unsigned()  ? narrowed(value.template get<std::uint64_t>())
           : value.is_number_integer() ? narrowed(value.template get<std::int64_t>())
                                       : std::nullopt;
}

} // namespace host
