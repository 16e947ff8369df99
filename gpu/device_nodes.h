/// The driver's device nodes: which there have to be, as values.
///
/// Pure: reads /proc (below a root that tests choose) and decides; host::NodeActions makes the
/// nodes. What nvidia-modprobe does, without running it: majors by name from /proc/devices, minors
/// of GPUs from /proc/driver/nvidia/gpus, mode and owner from the file of /proc that the driver has
/// for the kind of node. Where that file says that nobody is to manage the nodes (ModifyDeviceFiles
/// or DeviceFileModify is not 1), none of that kind is planned. nvidia-uvm has no such file.
#pragma once

#include "host/kernel/device_node.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace gpu {

enum class NodeKind {
    Control,    ///< nvidiactl
    Modeset,    ///< nvidia-modeset
    Gpu,        ///< nvidia0, …
    Uvm,        ///< nvidia-uvm, nvidia-uvm-tools
    Capability, ///< nvidia-caps/nvidia-cap1, …: MIG's, and the fabric's
    Imex,       ///< nvidia-caps-imex-channels/channel0, …: memory shared between nodes
    Switch,     ///< nvidia-nvswitchctl, nvidia-nvswitch0, …
    Link,       ///< nvidia-nvlink
};

inline constexpr NodeKind kNodeKinds[] = {NodeKind::Control, NodeKind::Modeset,    NodeKind::Gpu,
                                          NodeKind::Uvm,     NodeKind::Capability, NodeKind::Imex,
                                          NodeKind::Switch,  NodeKind::Link};

/// Which nodes are wanted. The default: all that there are.
struct NodeSelection {
    std::set<NodeKind> kinds = {std::begin(kNodeKinds), std::end(kNodeKinds)};
    std::set<unsigned> minors = {}; ///< of GPUs and NVSwitches only these; empty: all
    /// Files below /proc/driver/nvidia/capabilities; empty: all that are there.
    std::vector<std::filesystem::path> capabilityFiles = {};
    /// Empty: channel 0 where the driver is told to make it (CreateImexChannel0).
    std::set<unsigned> imexChannels = {};
};

/// The nodes that the loaded driver wants, below `dev`. Without the driver: none.
std::vector<host::DeviceNode> planDeviceNodes(const NodeSelection& selection,
                                              const std::filesystem::path& proc,
                                              const std::filesystem::path& dev);

struct DeviceLink {
    std::filesystem::path link;
    std::filesystem::path target; ///< relative
    auto operator<=>(const DeviceLink&) const = default;
};

/// /dev/char/<major>:<minor>, by which systemd and runc find a device for a cgroup's rules. udev
/// makes none for nodes that no kernel driver announces.
DeviceLink characterLink(const host::DeviceNode& node, const std::filesystem::path& dev);

/// Whether it is there, with that target.
bool isThere(const DeviceLink& link);

/// IMEX channels as settings name them: "0", or "0:4" for four of them from 0 on, as
/// nvidia-modprobe has it. Throws host::Error(Fault::Usage).
std::set<unsigned> imexChannels(const std::vector<std::string>& words);

} // namespace gpu
