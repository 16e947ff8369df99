/// Whether the driver that is loaded is the wanted one, so that init can leave it as it is.
///
/// Looks at what the last init wrote down and at what the kernel says now: a digest alone would not
/// notice a driver that somebody else loaded in between. Changes nothing.
#pragma once

#include "loader/driver_modules.h"
#include "loader/state.h"

#include <optional>
#include <string>
#include <vector>

namespace loader {

struct WantedDriver {
    std::string driver;        ///< 535.261.03
    std::string packageSha256; ///< of the package's file
    std::string configDigest;  ///< DRIVER_CONFIG_DIGEST
    const std::vector<DriverModules::Module>& modules;
};

/// Every reason why the loaded driver has to be replaced; empty: it can be adopted. `last` is what
/// the last init wrote, if anything.
std::vector<std::string> reasonsToReload(const WantedDriver& wanted,
                                         const std::optional<NodeState>& last,
                                         const host::Roots& roots = {});

} // namespace loader
