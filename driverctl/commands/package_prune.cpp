#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"
#include "host/crypto/digest.h"

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
std::vector<std::filesystem::path> superfluous(const Options& options,
                                               const std::string& loadedDigest) {
    std::map<std::string, std::vector<Package>> groups;
    for (Package& package : packagesOf(options)) {
        const auto& identity = package.manifest().identity;
        groups[fmt::format("{} {} {} {}", identity.osId, identity.architecture, identity.driver,
                           toString(identity.flavour))]
            .push_back(std::move(package));
    }
    std::vector<std::filesystem::path> files;
    for (auto& [name, packages] : groups) {
        std::ranges::stable_sort(packages, [](const Package& left, const Package& right) {
            return left.manifest().builtAt > right.manifest().builtAt;
        });
        for (std::size_t i = options.store.keep; i < packages.size(); ++i) {
            if (!isLoaded(packages[i].file(), loadedDigest)) {
                files.push_back(packages[i].file());
            }
        }
    }
    return files;
}

ExitCode prunePackages(const Options& options) {
    requireStore(options);
    const auto last = lastState(options);
    auto files = superfluous(options, last ? last->packageSha256 : "");
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
        std::cout << documentOf(Json{{"dry_run", options.arguments.dryRun}, {"removed", removed}});
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
