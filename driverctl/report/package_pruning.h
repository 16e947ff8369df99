/// What `driverctl package prune` says: the files that it removed, or would remove.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct PackagePruning {
    bool dryRun = false;
    std::vector<std::string> removed = {};
};

/// docs/schemas/package-prune.schema.json
nlohmann::ordered_json toJson(const PackagePruning& pruning);
std::string toText(const PackagePruning& pruning);

} // namespace driverctl
