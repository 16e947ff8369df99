#include "driverctl/cli/node.h"

#include "driverctl/distributions.h"
#include "gpu/functions.h"
#include "host/base/error.h"
#include "loader/checks/flavour_choice.h"
#include "precompile/source/source_directory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace driverctl {

namespace {

loader::FlavourChoice chooseFlavour(const std::string& driver, const std::filesystem::path& root) {
    return loader::chooseFlavour(gpu::nvidiaFunctions(root / "sys"), driver,
                                 loader::readSupportedGpus(driver, root));
}

std::string meantOrNamed(const precompile::DriverSettings& driver) {
    try {
        return driver.version.empty() ? driver.version
                                      : precompile::driverMeantIn(driver.sourceDir, driver.version);
    } catch (const host::Error&) { // whoever uses it says so
        return driver.version;
    }
}

} // namespace

void applyNode(Config& config, const std::filesystem::path& root) {
    const Options& options = config.options;
    const auto told = distributions().complete(options.target, {.root = root});
    Layer layer;
    for (const auto& [name, value] : {std::pair{"release", &told.release},
                                      {"channel", &told.channel},
                                      {"board", &told.board},
                                      {"kernel", &told.kernel}}) {
        if (!value->empty()) {
            layer[name] = {*value};
        }
    }
    const auto drivers = precompile::installedDrivers(options.driver.sourceDir);
    if (drivers.size() == 1) {
        layer["driver"] = drivers;
    }
    config.applyBelow(layer, "this node");
}

void applyDriver(Config& config, const std::filesystem::path& root) {
    const auto named = config.options.driver.version;
    const auto meant = meantOrNamed(config.options.driver);
    if (meant != named) {
        config.apply({{"driver", {meant}}},
                     fmt::format("'{}' of {}", named, config.origins.at("driver")));
    }
    if (!config.options.driver.flavour) {
        const auto choice = chooseFlavour(config.options.driver.version, root);
        config.apply({{"flavour", {std::string(toString(choice.flavour))}}}, choice.reason);
    }
}

precompile::DriverSettings withFlavour(precompile::DriverSettings wanted,
                                       const std::filesystem::path& root) {
    if (!wanted.flavour) {
        wanted.flavour = chooseFlavour(wanted.version, root).flavour;
    }
    return wanted;
}

precompile::DriverSettings completeDriver(precompile::DriverSettings wanted,
                                          const std::filesystem::path& root) {
    if (!wanted.version.empty()) {
        wanted.version = precompile::driverMeantIn(wanted.sourceDir, wanted.version);
        return withFlavour(std::move(wanted), root);
    }
    const auto drivers = precompile::installedDrivers(wanted.sourceDir);
    throw host::Error(
        host::Fault::Usage,
        drivers.empty()
            ? fmt::format("there are no driver sources in {}", wanted.sourceDir.string())
            : fmt::format("there are several drivers in {}: {}", wanted.sourceDir.string(),
                          fmt::join(drivers, ", ")),
        "Name one with --driver or DRIVER_VERSION.");
}

precompile::PackageIdentity identityOfNode(const precompile::DriverSettings& driver,
                                           const std::filesystem::path& root) {
    return identityFor(distributions().detect({.root = root}), driver);
}

precompile::PackageIdentity identityOfRelease(const distribution::TargetSettings& target,
                                              const precompile::DriverSettings& driver) {
    const auto known = distributions();
    const distribution::Machine node;
    const auto release = known.complete(target, node);
    return identityFor(
        target.release.empty() ? known.detect(node) : known.of(release).targetOf(release), driver);
}

} // namespace driverctl
