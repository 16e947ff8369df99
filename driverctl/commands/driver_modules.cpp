#include "driverctl/commands/driver_modules.h"

#include "loader/module_parameters.h"
#include "precompile/source/source_directory.h"

namespace driverctl {

loader::DriverModules modulesFor(const loader::LifeSettings& life,
                                 const std::filesystem::path& sourceDir,
                                 const precompile::Package& package, const std::string& vermagic,
                                 host::NodeActions& actions) {
    const auto& identity = package.manifest().identity;
    const auto source = precompile::findDriverSource(sourceDir, identity.driver, identity.flavour);
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
