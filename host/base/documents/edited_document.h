/// A JSON or TOML document of people's that is changed by splicing its text: every byte that is not
/// about the change stays, comments, blanks and the order of keys among them.
///
/// Owns the text. nlohmann and toml++ decide what is valid and what it means; where things lie in
/// the text is found by scanners of our own (json_text.h, toml_text.h), which decide nothing: after
/// each change the text is parsed again, and has to mean what it meant before but for that change.
/// If not, the change is refused and the text stays as it was. Throws Error (Fault::Usage) that
/// begins with "NAME:LINE:COLUMN: ". An empty document is one without keys, and so is JSON's
/// null. Columns count characters.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

/// Names of keys, from the root on.
using KeyPath = std::vector<std::string>;

/// "runtimes.nvidia"
std::string toString(const KeyPath& path);

enum class DocumentFormat { Json, Toml };

class EditedDocument {
  public:
    /// `name` is the file's, `remedy` what the errors advise. Dates and other values that JSON does
    /// not have mean a text; they are compared and never written.
    EditedDocument(DocumentFormat format, std::string text, std::string name, std::string remedy);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const nlohmann::json& value() const noexcept { return value_; }
    /// Nothing where no such key is.
    [[nodiscard]] const nlohmann::json* find(const KeyPath& path) const;
    /// "NAME:LINE:COLUMN" of the key, or of the nearest one above it that is there.
    [[nodiscard]] std::string placeOf(const KeyPath& path) const;
    /// Throws the document's Error: "<place>: <what>".
    [[noreturn]] void fail(const KeyPath& path, const std::string& what) const;

    /// Gives the key this value; tables that are missing above it are made, in the style of their
    /// neighbours. null counts as missing.
    void set(const KeyPath& path, const nlohmann::ordered_json& value);
    /// Puts an entry at the end of a list.
    void append(const KeyPath& path, const std::string& entry);
    /// Takes the first such entry out of a list; nothing happens where none is.
    void takeOut(const KeyPath& path, const std::string& entry);
    /// Takes the key and its value away; nothing happens where it is not.
    void erase(const KeyPath& path);

  private:
    [[nodiscard]] nlohmann::json parse(const std::string& text) const;
    void become(std::string text, const nlohmann::json& meaning, const KeyPath& changed);

    DocumentFormat format_;
    std::string text_;
    std::string name_;
    std::string remedy_;
    nlohmann::json value_;
};

/// "3:14", counted from 1, of a byte of the text; a byte order mark is no character.
std::string placeAt(std::string_view text, std::size_t offset);

} // namespace host
