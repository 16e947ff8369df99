/// Where the driver for containers is looked for. Plain values.
#pragma once

#include <filesystem>

namespace toolkit {

struct InventorySettings {
    /// Directory that shows the driver's userspace; empty: found.
    std::filesystem::path driverRoot = {};
    /// Directory of the MPS daemon's sockets, in the driver root.
    std::filesystem::path mpsPipes = "/tmp/nvidia-mps";
};

} // namespace toolkit
