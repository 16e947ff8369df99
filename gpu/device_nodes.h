/// The driver's device nodes: which there have to be, as values.
///
/// Pure: reads /proc (below a root that tests choose) and decides; host::NodeActions makes the
/// nodes.
/// What nvidia-modprobe does, without running it: majors by name from /proc/devices, minors of GPUs
/// from /proc/driver/nvidia/gpus, mode and owner from /proc/driver/nvidia/params, MIG's and
/// IMEX's capability nodes from /proc/driver/nvidia/capabilities, NVSwitches. Nothing is
/// planned where the driver is told not to have its files managed (ModifyDeviceFiles: 0).
#pragma once

#include "host/kernel/node_actions.h"

#include <filesystem>
#include <string>
#include <vector>

namespace gpu {

/// All nodes that the loaded driver wants, below `dev`. Without the driver: none.
std::vector<host::DeviceNode> planDeviceNodes(const std::filesystem::path& proc,
                                              const std::filesystem::path& dev);

/// /dev/char/<major>:<minor>, by which systemd and runc find a device for a cgroup's rules. udev
/// makes none for nodes that no kernel driver announces.
std::filesystem::path characterLink(const host::DeviceNode& node, const std::filesystem::path& dev);

} // namespace gpu
