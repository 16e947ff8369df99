#include "driverctl/cli/node.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "precompile/build/legacy_source.h"
#include "precompile/package/acceptance.h"

namespace driverctl {

namespace {

using precompile::Package;
using precompile::Store;

/// What it is for, but for kernel, driver and flavour, is said by the settings.
std::filesystem::path importLegacyPackage(const Options& options, const std::string& file) {
    if (!options.search.trust.empty()) {
        precompile::refuseUnsigned(file);
    }
    const precompile::LegacyPackage package(file);
    const auto identity = package.identity(identityOfRelease(
        options.target, {.flavour = precompile::Flavour::Open, .tag = options.driver.tag}));
    const auto slot = Store(options.store.directory).prepare(identity);
    package.pack(slot.file, identity, legacyTools(options, identity.target.kernel));
    return slot.file;
}

ExitCode importPackages(const Settings& settings, const Arguments& arguments) {
    std::vector<std::filesystem::path> places;
    const Options& options = settings.everything();
    const Store store(options.store.directory);
    const auto acceptance =
        precompile::acceptanceFor(options.driver.sourceDir, options.search.trust);
    for (const std::string& file : arguments.words("packages")) {
        if (precompile::isLegacyPackage(file)) {
            places.push_back(importLegacyPackage(options, file));
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
