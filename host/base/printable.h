/// Text from outside (manifests, member names, key ids, remote indexes, /proc, servers) made fit
/// for terminals and line-based logs: it can neither steer the terminal, nor forge a line, nor
/// reorder what stands beside it. Pure functions; every byte string is allowed.
///
/// What is replaced: control characters (C0, DEL, C1), line and paragraph separators, characters
/// that change the direction of text or show as nothing, and bytes that are no UTF-8. A character
/// becomes \n, \r, \t or \uXXXX, which JSON and TOML strings read as the same character, so that
/// documents survive; a byte becomes \xXX.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace host {

/// A character of a text, decoded strictly (no overlong forms, no surrogates).
struct Character {
    char32_t code = 0;
    std::size_t length = 1; ///< bytes that it takes
    bool valid = true;      ///< false: one byte that is no UTF-8
};

/// The first character of `text`, which is not empty.
Character firstCharacter(std::string_view text);

bool isUtf8(std::string_view text);

/// One line: newlines are replaced as well.
std::string printable(std::string_view text);

/// Newlines stay, for text whose lines are the program's own.
std::string printableLines(std::string_view text);

/// One message of a log: only newlines that an indented line follows stay, which no reader takes
/// for a message of its own.
std::string printableMessage(std::string_view text);

} // namespace host
