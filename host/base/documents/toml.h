/// TOML documents, read by toml++ of which only its headers are used.
///
/// Included by sources that read such a document, and by no header: it is large.
#pragma once

#include <string>
#include <string_view>

// toml++ 3.3 asserts in debug builds, and lets clang assume in others, that a key has a first
// character of a key: "[[[" has none. The parser finds out just behind that, and refuses it.
#define TOML_ASSERT(expression) static_assert(true)
#if defined(NDEBUG) && defined(__clang__)
#error "toml++ would let clang assume what '[[[' is not"
#endif
#include <toml++/toml.h>

namespace host {

/// "config.toml:3:1".
std::string placeIn(std::string_view name, const toml::source_region& source);

/// Throws Error (Fault::Usage) that begins with the place; `remedy` says what the file looks like.
/// `name` is the file's, for messages.
toml::table parseToml(std::string_view text, std::string_view name, const std::string& remedy);

} // namespace host
