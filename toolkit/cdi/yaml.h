/// YAML of CDI files as JSON values: read strictly, written plainly.
///
/// What is read is one document of mappings with texts as keys, lists, and scalars as YAML 1.1 has
/// them, which is what the readers of CDI files understand. Refused are aliases (a few bytes could
/// stand for gigabytes), tags, a key that is there twice, and nesting that is deeper than any such
/// document. The text is not quoted in errors.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace toolkit::cdi {

/// Throws host::Error that begins with "it".
nlohmann::json fromYaml(const std::string& text);

/// Texts are quoted, so that none is taken for a number or a truth; ends with a newline.
std::string toYaml(const nlohmann::ordered_json& document);

} // namespace toolkit::cdi
