#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"

#include <algorithm>
#include <map>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;

ExitCode prunePackages(const Options& options) {
    requireStore(options);
    const auto last = lastState(options);
    auto files =
        precompile::Store(options.store.directory)
            .superfluous(options.store.keep, last ? last->packageSha256 : "", logObserver());
    const auto failed = std::erase_if(files, [&options](const auto& file) {
        std::error_code error;
        if (!options.arguments.dryRun) {
            std::filesystem::remove(file, error);
        }
        if (error) {
            host::logWarning(fmt::format("cannot remove {}: {}", file.string(), error.message()));
        }
        return static_cast<bool>(error);
    });
    for (const auto& file : files) {
        if (!options.command.json) {
            print("{} {}\n", options.arguments.dryRun ? "would remove" : "removed", file.string());
        }
    }
    if (options.command.json) {
        Json removed = Json::array();
        for (const auto& file : files) {
            removed.push_back(file.string());
        }
        printDocument(Json{{"dry_run", options.arguments.dryRun}, {"removed", removed}});
    }
    return failed == 0 ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

const Command kPackagePrune = {
    .name = "package prune",
    .description = "Remove old packages from the store; the one that is loaded always stays",
    .settings = {"json", "store", "keep", "dry-run", "run-dir"},
    .run = prunePackages,
};

} // namespace driverctl
