#include "driverctl/commands/driver_modules.h"

#include "loader/module_parameters.h"

namespace driverctl {

loader::DriverModules modulesFor(const loader::LifeSettings& life,
                                 const precompile::DriverSource& source,
                                 const precompile::Package& package, const std::string& vermagic,
                                 host::NodeActions& actions) {
    const auto& identity = package.manifest().identity;
    return {
        {.package = package,
         .sources = source.directory,
         .parameters =
             [directory = life.parameterDir, driver = identity.driver](const std::string& module) {
                 return loader::moduleParameters(directory, module, driver);
             },
         .vermagic = vermagic,
         .kernel = identity.target.kernel,
         .wishes = loader::moduleWishes(life)},
        actions};
}

} // namespace driverctl
