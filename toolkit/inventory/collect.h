/// Takes the inventory of a node: looks for the driver root, the driver's version, and all that the
/// inventory lists. NVML tells of the GPUs when it is asked, the driver is loaded and it answers,
/// else /proc and sysfs.
///
/// Changes nothing, but for what NVML does (gpu/nvml.h). What is missing is left out, all of it
/// where there is no driver (doubts.h says so). A driver root that is not named is that of a driver
/// container (/run/nvidia/driver) where it has the driver's libraries, else "/". Throws SystemError
/// for what cannot be read, and for a driver root that is named and is not there.
#pragma once

#include "gpu/nvml.h"
#include "host/base/rooted.h"
#include "host/base/roots.h"
#include "toolkit/inventory/driver_nodes.h"
#include "toolkit/inventory/inventory.h"
#include "toolkit/inventory/inventory_settings.h"

#include <filesystem>
#include <functional>
#include <vector>

namespace toolkit {

/// `library` is libnvidia-ml.so in that root. Throws host::Error when it does not answer.
using NvmlQuestion =
    std::function<gpu::NvmlAnswer(const host::Rooted& root, const std::filesystem::path& library)>;

/// Who is asked for what no directory shows: a test answers itself.
struct Witnesses {
    NodeTest isNode = isCharacterDevice;
    /// Nothing: NVML is not asked. Who names gpu::askNvml links what loads a library.
    NvmlQuestion nvml = {};
};

/// Device nodes lie in `roots.dev`, whose last component is "dev".
Inventory collect(const InventorySettings& settings, const host::Roots& roots = {},
                  const Witnesses& witnesses = {});

/// Where, on the host, sockets come and go that an inventory lists while they are there; some of
/// them in a directory that is the driver root only when it has a driver.
std::vector<std::filesystem::path> socketsToWatch(const InventorySettings& settings,
                                                  const host::Roots& roots = {});

} // namespace toolkit
