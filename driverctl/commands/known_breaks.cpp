#include "driverctl/commands/known_breaks.h"

#include "gpu/functions.h"
#include "host/kernel/module.h"
#include "host/kernel/running_kernel.h"
#include "loader/checks/flavour_choice.h"
#include "precompile/compatibility/known_breaks.h"
#include "precompile/source/source_directory.h"

#include <algorithm>

namespace driverctl {

namespace {

using precompile::Consequence;
using precompile::DriverFacts;

/// Without the sources, which a build would ask for: what the driver's name tells.
DriverFacts driverFacts(const precompile::PackageIdentity& wanted,
                        const std::filesystem::path& sourceDirectory) {
    const auto flavours = precompile::installedFlavours(sourceDirectory, wanted.driver);
    if (std::ranges::find(flavours, wanted.flavour) == flavours.end()) {
        return {.version = wanted.driver, .flavour = wanted.flavour};
    }
    const auto source =
        precompile::findDriverSource(sourceDirectory, wanted.driver, wanted.flavour);
    return precompile::driverFactsOf(source.version, source.flavour, source.directory);
}

/// Where the node has no build tree, Debian's kernels tell their version themselves.
precompile::KernelFacts kernelFacts(const distribution::Target& target) {
    const auto tree = host::placeOfModuleTree(target.kernel);
    const distribution::BuildRoot node{
        .root = tree.root, .kernelBuild = tree.inside / "build", .target = target, .digests = {}};
    auto facts = kernelFactsOf(node, precompile::breakTable());
    const auto running = host::runningKernel();
    if (facts.version && !facts.version->patch && running.release == target.kernel) {
        facts.version = precompile::versionOfBanner(running.version).value_or(*facts.version);
    }
    return facts;
}

loader::Severity severityOf(Consequence consequence, bool force) {
    switch (consequence) {
    case Consequence::Refused:
        return force ? loader::Severity::Warning : loader::Severity::Problem;
    case Consequence::Warned:
        return loader::Severity::Warning;
    case Consequence::Patched:
        return loader::Severity::Good;
    }
    return loader::Severity::Problem;
}

precompile::WorksWithGpus worksWithNode() {
    return [functions = gpu::nvidiaFunctions()](const std::string& driver, auto flavour) {
        return workWith(functions, driver, flavour, loader::readSupportedGpus(driver));
    };
}

} // namespace

loader::Findings buildFindings(const precompile::PackageIdentity& wanted, const Settings& settings,
                               PackageIs package) {
    const auto& sources = settings.get(&precompile::DriverSettings::sourceDir);
    const bool mayPatch = !settings.get(&precompile::BuildSettings::noPatches);
    const bool force = settings.get(&precompile::BuildSettings::force);
    loader::Findings findings;
    for (const auto& foreseen :
         knownBreaks(precompile::breakTable(), driverFacts(wanted, sources),
                     kernelFacts(wanted.target), mayPatch, worksWithNode())) {
        if (package == PackageIs::Missing || !keepsFromBuilding(foreseen.known->stage)) {
            findings.push_back({severityOf(foreseen.consequence, force), "build", foreseen.text(),
                                foreseen.remedy});
        }
    }
    return findings;
}

} // namespace driverctl
