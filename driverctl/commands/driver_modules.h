/// What init loads on this node, and what plan and doctor look at for it.
#pragma once

#include "loader/driver_modules.h"
#include "loader/life_settings.h"
#include "precompile/package/driver_source.h"
#include "precompile/package/package.h"

#include <string>

namespace driverctl {

/// The modules of the package with the node's parameters and its driver's sources; nothing is
/// restored yet.
loader::DriverModules modulesFor(const loader::LifeSettings& life,
                                 const precompile::DriverSource& source,
                                 const precompile::Package& package, const std::string& vermagic,
                                 host::NodeActions& actions);

} // namespace driverctl
