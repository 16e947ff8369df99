#include "driverctl/cli/node.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/mkprecompiled.h"
#include "driverctl/node_package.h"
#include "precompile/package/acceptance.h"

namespace driverctl {

namespace {

using precompile::Package;
using precompile::Store;

ExitCode importPackages(const Options& options) {
    std::vector<std::filesystem::path> places;
    const auto acceptance = acceptanceOf(options);
    for (const std::string& file : options.arguments.packages) {
        if (isMkprecompiledFile(file)) {
            places.push_back(importMkprecompiled(options, file, identityOfRelease(options)));
            continue;
        }
        acceptPackage(Package(file), acceptance);
        places.push_back(Store(options.store.directory).add(file));
    }
    printPlaces(places, options.command.json);
    return ExitCode::Done;
}

} // namespace

const Command kPackageImport = {
    .name = "package import",
    .description =
        "Check packages, also those of NVIDIA's mkprecompiled, and add them to the store",
    .settings = {"json", "store", "source-dir", "trust", "release", "tag", "linker"},
    .exitCodes = {ExitCode::NotLoadable, ExitCode::VerificationFailed},
    .run = importPackages,
    .arguments = {{"packages", 1, -1}},
};

} // namespace driverctl
