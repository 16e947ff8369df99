#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "loader/state.h"

#include <algorithm>
#include <map>

namespace driverctl {

namespace {

using Json = nlohmann::ordered_json;
using precompile::Package;

/// What cannot be read stays, as if it were: nobody knows.
bool isLoaded(const std::filesystem::path& file, const std::string& loadedDigest) {
    try {
        return host::digestOfFile(file) == loadedDigest;
    } catch (const host::Error& error) {
        host::logWarning(error.what());
        return true;
    }
}

/// Of each operating system, architecture, driver and flavour all but the newest `keep`.
std::vector<std::filesystem::path> superfluous(const precompile::StoreSettings& store,
                                               const std::string& loadedDigest) {
    std::map<std::string, std::vector<Package>> groups;
    for (Package& package : packagesOf(store.directory)) {
        const auto& identity = package.manifest().identity;
        groups[fmt::format("{} {} {} {}", identity.target.osId, identity.target.architecture,
                           identity.driver, toString(identity.flavour))]
            .push_back(std::move(package));
    }
    std::vector<std::filesystem::path> files;
    for (auto& [name, packages] : groups) {
        std::ranges::stable_sort(packages, [](const Package& left, const Package& right) {
            return left.manifest().builtAt > right.manifest().builtAt;
        });
        for (std::size_t i = store.keep; i < packages.size(); ++i) {
            if (!isLoaded(packages[i].file(), loadedDigest)) {
                files.push_back(packages[i].file());
            }
        }
    }
    return files;
}

ExitCode prunePackages(const Settings& settings, const Arguments& arguments) {
    const auto& store = settings.get<precompile::StoreSettings>();
    const bool dryRun = arguments.has("dry-run");
    requireStore(store.directory);
    const auto last = loader::lastState(settings.get(&loader::LifeSettings::runDir), logObserver());
    auto files = superfluous(store, last ? last->packageSha256 : "");
    const auto failed = std::erase_if(files, [dryRun](const auto& file) {
        std::error_code error;
        if (!dryRun) {
            std::filesystem::remove(file, error);
        }
        if (error) {
            host::logWarning(fmt::format("cannot remove {}: {}", file.string(), error.message()));
        }
        return static_cast<bool>(error);
    });
    for (const auto& file : files) {
        if (!settings.get(&CommandSettings::json)) {
            print("{} {}\n", dryRun ? "would remove" : "removed", file.string());
        }
    }
    if (settings.get(&CommandSettings::json)) {
        Json removed = Json::array();
        for (const auto& file : files) {
            removed.push_back(file.string());
        }
        printDocument(Json{{"dry_run", dryRun}, {"removed", removed}});
    }
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
