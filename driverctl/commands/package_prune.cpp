#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/package_pruning.h"
#include "driverctl/report/print.h"
#include "loader/state.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace driverctl {

namespace {

ExitCode prunePackages(const Settings& settings, const Arguments& arguments) {
    const auto& settingsOfStore = settings.get<precompile::StoreSettings>();
    const bool dryRun = arguments.has("dry-run");
    requireStore(settingsOfStore.directory);
    const precompile::Store store(settingsOfStore.directory);
    const auto last = loader::lastState(settings.get(&loader::LifeSettings::runDir), logObserver());
    auto files =
        store.superfluous(settingsOfStore.keep, last ? last->packageSha256 : "", logObserver());
    const auto failed = std::erase_if(files, [dryRun](const auto& file) {
        std::error_code error;
        if (!dryRun) {
            std::filesystem::remove(file, error);
        }
        if (error) {
            logWarning(fmt::format("cannot remove {}: {}", file.string(), error.message()));
        }
        return static_cast<bool>(error);
    });
    PackagePruning pruning{.dryRun = dryRun};
    std::ranges::transform(files, std::back_inserter(pruning.removed),
                           [](const auto& file) { return file.string(); });
    printReport(pruning, settings);
    return failed == 0 ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

const Command kPackagePrune = {
    .name = "package prune",
    .summary = "Remove old packages from the store; the one that is loaded always stays",
    .groups = {&kStoreSettings},
    .settings = {"json", "run-dir"},
    .arguments = {{.name = "dry-run",
                   .flags = "--dry-run",
                   .help = "Say what would be removed, and remove nothing"}},
    .run = prunePackages,
};

} // namespace driverctl
