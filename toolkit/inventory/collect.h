/// Takes the inventory of a node: looks for the driver root, the driver's version, and all that the
/// inventory lists.
///
/// Changes nothing. What is missing is left out; a driver root that is given and has no driver is
/// an Error, one that is found is "/" then. Throws SystemError for what cannot be read.
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
