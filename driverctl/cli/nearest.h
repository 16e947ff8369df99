/// The word that somebody who mistyped one may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace driverctl {

/// The one of `words` with the fewest letters to change, add, leave out or swap; empty when
/// those are more than a third of the longer word.
std::string_view nearest(std::string_view typed, std::span<const std::string_view> words);

/// " (did you mean 'init'?)", or nothing.
std::string suggestion(std::string_view typed, std::span<const std::string_view> words);

} // namespace driverctl
