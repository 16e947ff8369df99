#include "driverctl/node_package.h"

#include "driverctl/report/log.h"
#include "host/base/error.h"
#include "loader/module_parameters.h"
#include "precompile/package/driver_source.h"

#include <fmt/format.h>

namespace driverctl {

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

} // namespace driverctl
