/// How a TOML document is written: words, quotes, newlines, blanks.
///
/// Private to toml_splice.cpp. Looks at a text and its sections, which have to outlive it.
#pragma once

#include "host/base/documents/toml_text.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace host {

class TomlStyle {
  public:
    TomlStyle(std::string_view text, const std::vector<toml_text::Section>& sections);

    [[nodiscard]] const std::string& newline() const { return newline_; }
    /// The blanks in front of what begins at this byte.
    [[nodiscard]] std::string indentOf(std::size_t offset) const;
    /// Of the entries of a section.
    [[nodiscard]] std::string entryIndentOf(const toml_text::Section& section) const;
    /// Of the header of a section that is to have this path, and of its entries.
    struct Indents {
        std::string header;
        std::string entry;
    };
    [[nodiscard]] Indents indentsOf(const std::vector<std::string>& path) const;

    /// The words of the keys, with dots between them; as a header has them already, where one does.
    [[nodiscard]] std::string keys(const std::vector<std::string>& path,
                                   std::size_t from = 0) const;
    /// On one line.
    [[nodiscard]] std::string rendered(const nlohmann::ordered_json& value) const;

  private:
    [[nodiscard]] std::string quoted(const std::string& text) const;
    [[nodiscard]] std::string word(const std::string& key) const;
    [[nodiscard]] bool prefersLiterals() const;

    std::string_view text_;
    const std::vector<toml_text::Section>& sections_;
    std::string newline_;
    std::string step_; ///< by which entries are farther in than their header
    bool literals_;
};

} // namespace host
