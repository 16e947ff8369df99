/// Takes the inventory of a node: looks for the driver root, the driver's version, and all that the
/// inventory lists.
///
/// Changes nothing. What is missing is left out, all of it where there is no driver (doubts.h says
/// so). A driver root that is not named is that of a driver container (/run/nvidia/driver) where it
/// has the driver's libraries, else "/". Throws SystemError for what cannot be read, and for a
/// driver root that is named and is not there.
#pragma once

#include "host/base/roots.h"
#include "toolkit/inventory/driver_nodes.h"
#include "toolkit/inventory/inventory.h"
#include "toolkit/inventory/inventory_settings.h"

namespace toolkit {

/// Device nodes lie in `roots.dev`, whose last component is "dev".
Inventory collect(const InventorySettings& settings, const host::Roots& roots = {},
                  const NodeTest& isNode = isCharacterDevice);

} // namespace toolkit
