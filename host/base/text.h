/// Small readings of text that several rooms share. Pure functions; letters are ASCII's, whatever
/// the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

/// The whole text as a number without a prefix; nothing for anything else, or one that the type
/// does not hold.
template <std::integral Type>
std::optional<Type> toNumber(std::string_view text, int base = 10) {
    Type number{};
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, number, base);
    return error == std::errc{} && last == end ? std::optional(number) : std::nullopt;
}

/// The same of a text that may begin with 0x, in either base.
template <std::integral Type>
std::optional<Type> toNumberOfEitherBase(std::string_view text) {
    constexpr std::string_view kPrefix = "0x";
    constexpr int kHexadecimal = 16;
    return text.starts_with(kPrefix) ? toNumber<Type>(text.substr(kPrefix.size()), kHexadecimal)
                                     : toNumber<Type>(text);
}

/// In small letters.
std::string lower(std::string_view text);

/// What stands between the separators, empty parts included: one part more than separators.
std::vector<std::string> split(std::string_view text, char separator);

/// What stands between blanks, tabs and newlines: no empty parts.
std::vector<std::string> words(std::string_view text);

/// Without the blanks, tabs and newlines at both ends.
std::string_view trimmed(std::string_view text);

} // namespace host
