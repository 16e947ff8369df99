#include "driverctl/node_package.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"
#include "loader/module_parameters.h"
#include "precompile/package/driver_source.h"

#include <fmt/format.h>

namespace driverctl {

std::filesystem::path moduleTreeOf(const std::string& kernel) {
    for (const char* modules : {"/lib/modules", "/usr/lib/modules", "/usr/lib64/modules"}) {
        if (std::filesystem::exists(std::filesystem::path(modules) / kernel / "modules.dep")) {
            return std::filesystem::path(modules) / kernel;
        }
    }
    return std::filesystem::path("/lib/modules") / kernel;
}

loader::DriverModules modulesFor(const Options& options, const precompile::Package& package,
                                 const std::string& vermagic, host::NodeActions& actions) {
    const auto& identity = package.manifest().identity;
    const auto source =
        precompile::findDriverSource(options.driver.sourceDir, identity.driver, identity.flavour);
    return {{.package = package,
             .sources = source.directory,
             .parameters =
                 [directory = options.life.parameterDir](const std::string& module) {
                     return loader::moduleParameters(directory, module);
                 },
             .vermagic = vermagic,
             .kernel = identity.target.kernel,
             .peerMemory = options.life.gpuDirectRdma},
            actions};
}

std::optional<loader::NodeState> lastState(const std::filesystem::path& runDir) {
    try {
        return loader::readState(runDir);
    } catch (const host::Error& error) {
        host::logWarning(fmt::format("{}; it counts as none", error.what()));
        return std::nullopt;
    }
}

} // namespace driverctl
