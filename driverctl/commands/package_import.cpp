#include "driverctl/cli/node.h"
#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "precompile/build/legacy_source.h"

namespace driverctl {

namespace {

using precompile::Package;
using precompile::Store;

/// Driver, flavour and kernel are what the file says.
std::filesystem::path importLegacyPackage(const Settings& settings, const Store& store,
                                          const std::string& file) {
    if (!settings.get(&precompile::SearchSettings::trust).empty()) {
        precompile::refuseUnsigned(file);
    }
    const precompile::LegacyPackage package(file);
    const auto identity = package.identity(
        identityOfRelease({.release = settings.get(&distribution::TargetSettings::release)},
                          {.flavour = precompile::Flavour::Open,
                           .tag = settings.get(&precompile::DriverSettings::tag)}));
    const auto slot = store.prepare(identity);
    package.pack(slot.file, identity, legacyTools(settings, identity.target.kernel));
    return slot.file;
}

ExitCode importPackages(const Settings& settings, const Arguments& arguments) {
    std::vector<std::filesystem::path> places;
    const Store store(settings.get(&precompile::StoreSettings::directory));
    const auto acceptance = acceptanceOf(settings);
    for (const std::string& file : arguments.words("packages")) {
        if (precompile::isLegacyPackage(file)) {
            places.push_back(importLegacyPackage(settings, store, file));
        } else {
            requireAcceptable(Package(file), acceptance, logObserver());
            places.push_back(store.add(file));
        }
    }
    printReport(placesOf(places), settings);
    return ExitCode::Done;
}

} // namespace

const Command kPackageImport = {
    .name = "package import",
    .summary = "Check packages, also those of NVIDIA's mkprecompiled, and add them to the store",
    .settings = {"json", "store", "source-dir", "trust", "no-patches", "release", "tag", "linker"},
    .arguments = {{.name = "packages",
                   .placeholder = "FILE",
                   .help = "Package files, also those of NVIDIA's mkprecompiled",
                   .isInput = true,
                   .most = kAnyNumber}},
    .exitCodes = {ExitCode::NotLoadable, ExitCode::VerificationFailed},
    .run = importPackages,
};

} // namespace driverctl
