/// The driver's device nodes that are there: one that a container is given and that is missing
/// makes it fail.
///
/// Whether a node is there is asked of `isNode`, for its path on the host, so that a test needs no
/// mknod(2).
#pragma once

#include "host/base/roots.h"
#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <functional>

namespace toolkit {

using NodeTest = std::function<bool(const std::filesystem::path&)>;

/// A character device, or a link to one.
bool isCharacterDevice(const std::filesystem::path& path);

/// Fills the inventory's nodes, for its GPUs; takes DRM nodes from them that are not there.
void findNodes(Inventory& inventory, const host::Roots& roots, const NodeTest& isNode);

} // namespace toolkit
