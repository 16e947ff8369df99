/// The driver of a host that has its own: loaded when somebody asks for it, as NVIDIA's programs
/// do.
#pragma once

#include "host/kernel/node_actions.h"

#include <filesystem>
#include <string>
#include <vector>

namespace driverctl {

/// Requires these modules, or, when none is named, nvidia and those of nvidia-uvm and
/// nvidia-modeset that the host has. With `mayLoad` they are loaded from the host's module tree.
/// Throws as gpu::requireModules.
void requireDriver(std::vector<std::string> modules, bool mayLoad, host::NodeActions& actions);

/// Loads the driver and makes its nodes in `dev`. What fails is a warning in the log: what there is
/// can be used all the same.
void loadHostDriver(const std::filesystem::path& dev);

} // namespace driverctl
