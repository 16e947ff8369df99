#include "driverctl/cli/node.h"

#include "driverctl/distributions.h"
#include "gpu/functions.h"
#include "host/base/error.h"
#include "loader/checks/flavour_choice.h"
#include "precompile/package/driver_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace driverctl {

void applyNode(Config& config, const std::filesystem::path& root) {
    const Options& options = config.options;
    const auto told = distributions(options).complete(options.target, {.root = root});
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
    if (!options.driver.flavour) {
        const auto choice =
            loader::chooseFlavour(gpu::nvidiaFunctions(root / "sys"), options.driver.version,
                                  loader::readSupportedGpus(options.driver.version, root));
        config.apply({{"flavour", {std::string(toString(choice.flavour))}}}, choice.reason);
    }
}

void requireDriver(const Options& options) {
    if (!options.driver.version.empty()) {
        return;
    }
    const auto drivers = precompile::installedDrivers(options.driver.sourceDir);
    throw host::Error(
        host::Fault::Usage,
        drivers.empty()
            ? fmt::format("there are no driver sources in {}", options.driver.sourceDir.string())
            : fmt::format("there are several drivers in {}: {}", options.driver.sourceDir.string(),
                          fmt::join(drivers, ", ")),
        "Name one with --driver or DRIVER_VERSION.");
}

precompile::PackageIdentity identityOfNode(const Options& options,
                                           const std::filesystem::path& root) {
    return identityFor(distributions(options).detect({.root = root}), options.driver);
}

precompile::PackageIdentity identityOfRelease(const Options& options) {
    return options.target.release.empty()
               ? identityOfNode(options)
               : identityFor(distributions(options).of(options.target).targetOf(options.target),
                             options.driver);
}

} // namespace driverctl
