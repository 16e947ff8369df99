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

ExitCode importPackages(const Settings& settings, const Arguments& arguments) {
    std::vector<std::filesystem::path> places;
    const Options& options = settings.everything();
    const distribution::TargetSettings target{
        .release = settings.get(&distribution::TargetSettings::release)};
    const precompile::DriverSettings driver{// the file tells the rest, the flavour as well
                                            .flavour = precompile::Flavour::Open,
                                            .tag = settings.get(&precompile::DriverSettings::tag)};
    const auto acceptance = acceptanceOf(settings.get(&precompile::DriverSettings::sourceDir),
                                         settings.get(&precompile::SearchSettings::trust));
    for (const std::string& file : arguments.words("packages")) {
        if (isMkprecompiledFile(file)) {
            places.push_back(importMkprecompiled(options, file, identityOfRelease(target, driver)));
            continue;
        }
        acceptPackage(Package(file), acceptance);
        places.push_back(Store(settings.get(&precompile::StoreSettings::directory)).add(file));
    }
    printPlaces(places, settings.get(&CommandSettings::json));
    return ExitCode::Done;
}

} // namespace

const Command kPackageImport = {
    .name = "package import",
    .summary = "Check packages, also those of NVIDIA's mkprecompiled, and add them to the store",
    .settings = {"json", "store", "source-dir", "trust", "release", "tag", "linker"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files, also those of NVIDIA's mkprecompiled",
                   .isInput = true,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::NotLoadable, ExitCode::VerificationFailed},
    .run = importPackages,
};

} // namespace driverctl
