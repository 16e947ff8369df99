/// What two packages differ in, by their manifests: what they are for, were made of, and hold.
#pragma once

#include "precompile/package/manifest.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace precompile {

struct Difference {
    std::string field; ///< a JSON pointer into manifest.json: "/inputs/compiler"
    nlohmann::ordered_json left = nullptr;
    nlohmann::ordered_json right = nullptr; ///< null: that package has no such field
};

/// By field.
std::vector<Difference> differences(const Manifest& left, const Manifest& right);

} // namespace precompile
