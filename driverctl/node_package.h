/// What init would load on this node: the package out of the store and what is made of it. Shared
/// by init, plan and doctor.
#pragma once

#include "driverctl/cli/options.h"
#include "loader/driver_modules.h"
#include "loader/state.h"
#include "precompile/package/package.h"

#include <filesystem>
#include <string>

namespace driverctl {

/// The modules of the package with the node's parameters and the driver's sources; nothing is
/// restored yet.
loader::DriverModules modulesFor(const Options& options, const precompile::Package& package,
                                 const std::string& vermagic, host::NodeActions& actions);

} // namespace driverctl
