/// A TOML document's meaning as a JSON value, for comparisons: dates and times, and the numbers
/// that JSON does not have, mean texts that no string of the document can be.
///
/// Private to edited_document.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace host {

/// Throws as parseToml().
nlohmann::json tomlValue(std::string_view text, std::string_view name, const std::string& remedy);

} // namespace host
