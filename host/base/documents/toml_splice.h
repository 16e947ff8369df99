/// New texts for changes of a TOML document, in the style of what is there.
///
/// Private to edited_document.cpp. Pure functions of a text that a parser has found valid; the
/// result means what is asked for or something else, which the caller finds out.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace host::toml_splice {

/// The first `there` keys of the path lead to a table that is there.
std::string with(const std::string& text, const std::vector<std::string>& path, std::size_t there,
                 const nlohmann::ordered_json& value);
/// The list has to be there.
std::string appended(const std::string& text, const std::vector<std::string>& path,
                     const std::string& entry);
/// Takes the entry at this index out of a list.
std::string withoutEntry(const std::string& text, const std::vector<std::string>& path,
                         std::size_t index);
std::string without(const std::string& text, const std::vector<std::string>& path);

/// Of the key, or of the nearest one above it.
std::size_t offsetOf(const std::string& text, const std::vector<std::string>& path);

} // namespace host::toml_splice
