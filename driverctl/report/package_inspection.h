/// What `driverctl package inspect` says: what a package holds and what it was made of.
#pragma once

#include "driverctl/report/package_list.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct PackageInspection {
    PackageSummary package;
    std::vector<std::string> signedBy; ///< public keys that its signatures name, unverified
    precompile::Manifest manifest;
};

/// docs/schemas/package-inspect.schema.json
nlohmann::ordered_json toJson(const PackageInspection& inspection);
std::string toText(const PackageInspection& inspection);

} // namespace driverctl
