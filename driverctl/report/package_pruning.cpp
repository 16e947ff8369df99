#include "driverctl/report/package_pruning.h"

#include "driverctl/report/print.h"

#include <nlohmann/json.hpp>

namespace driverctl {

nlohmann::ordered_json toJson(const PackagePruning& pruning) {
    return {{"dry_run", pruning.dryRun}, {"removed", pruning.removed}};
}

std::string toText(const PackagePruning& pruning) {
    std::string text;
    for (const std::string& file : pruning.removed) {
        text += line("{} {}\n", pruning.dryRun ? "would remove" : "removed", file);
    }
    return text;
}

} // namespace driverctl
