/// The inventory of this node, as commands take it.
#pragma once

#include "driverctl/cli/argument.h"
#include "driverctl/cli/settings.h"
#include "toolkit/inventory/inventory.h"

namespace driverctl {

/// --load-kmods, of the commands that take the inventory under NVIDIA's names.
Argument loadModulesArgument();

/// By the groups of settings that a command has to name: inventory, and dev-root. What in it cannot
/// be right is a warning in the log.
toolkit::Inventory takeInventory(const Settings& settings);

} // namespace driverctl
