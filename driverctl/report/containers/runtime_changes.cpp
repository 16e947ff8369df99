#include "driverctl/report/containers/runtime_changes.h"

#include "host/base/documents/unified_diff.h"

#include <nlohmann/json.hpp>

namespace driverctl {

using Json = nlohmann::ordered_json;
using toolkit::runtimes::FileChange;

namespace {

std::string diffOf(const FileChange& change) {
    return host::unifiedDiff(change.path.string(), change.before, change.after);
}

} // namespace

Json toJson(const RuntimeChanges& report) {
    const auto& outcome = report.outcome;
    Json changes = Json::array();
    for (const FileChange& change : outcome.changes) {
        changes.push_back({{"file", change.path.string()},
                           {"action", !change.before  ? "make"
                                      : !change.after ? "remove"
                                                      : "change"},
                           {"diff", diffOf(change)}});
    }
    return {{"dry_run", report.dryRun},
            {"changes", changes},
            {"replaced", outcome.replaced},
            {"warnings", outcome.warnings},
            {"activation", outcome.activation}};
}

std::string toText(const RuntimeChanges& report) {
    std::string text;
    for (const FileChange& change : report.outcome.changes) {
        text += diffOf(change);
    }
    return text;
}

} // namespace driverctl
