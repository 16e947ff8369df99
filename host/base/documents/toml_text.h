/// Where things lie in the text of a TOML document.
///
/// Private to toml_splice.cpp and toml_style.h. A pure function of a text that a parser has
/// found valid; of another one it makes something, within the text's bounds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace host::toml_text {

struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// `key = value`, in a section or in an inline table.
struct Entry {
    std::vector<std::string> path; ///< from the root on
    Range key;                     ///< with its dots
    Range value;
    std::vector<Entry> members;  ///< of an inline table
    std::vector<Range> elements; ///< of a list
};

/// A header with what follows up to the next one; the first is the root's, which has none.
struct Section {
    std::vector<std::string> path;
    std::vector<std::string> words; ///< the same as the header spells it
    bool isInList = false;          ///< an entry of a list of tables, or below one
    std::size_t header = 0;         ///< where "[" is
    std::size_t begin = 0;          ///< of the header's line
    std::size_t body = 0;           ///< behind the header's line
    std::size_t end = 0;            ///< of the next header's line, or of the text
    std::vector<Entry> entries;
};

std::vector<Section> scan(std::string_view text);

std::size_t beginOfLine(std::string_view text, std::size_t offset);
/// Behind its newline.
std::size_t endOfLine(std::string_view text, std::size_t offset);

} // namespace host::toml_text
