/// JSON that somebody else wrote, read the one way that leaves no room for a second reading.
///
/// A key that is there twice is refused, because readers differ in which value they take; so is
/// nesting that is deeper than any document of ours, because copying such a value recurses.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace precompile {

/// Throws host::Error that says what is wrong, and where for malformed text.
nlohmann::json parseUntrusted(const std::string& text);

} // namespace precompile
