/// What `driverctl package diff` says: every field of the manifests that differs.
#pragma once

#include "precompile/package/differences.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct PackageDifferences {
    std::vector<precompile::Difference> differences;
};

/// docs/schemas/package-diff.schema.json
nlohmann::ordered_json toJson(const PackageDifferences& report);
std::string toText(const PackageDifferences& report);

} // namespace driverctl
