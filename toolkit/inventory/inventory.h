/// What a loaded driver has for containers: GPUs, device nodes, and the driver's files by what they
/// are good for.
///
/// Values only. `list`, CDI specifications and the changes to an OCI config.json are all made from
/// one of these; `init` writes it to <run-dir>/driverctl/inventory.json. Paths are as a container
/// shall see them: resolved, absolute, normalised and without the driver root or device root; on
/// the host they lie below `driverRoot`, nodes below `devRoot`.
#pragma once

#include "gpu/gpus.h"
#include "toolkit/inventory/capability.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace toolkit {

/// A symbolic link that a library needs beside itself.
struct Link {
    std::filesystem::path link;                ///< absolute
    std::filesystem::path target;              ///< as readlink(2) has it: "libcuda.so.1"
    std::optional<Capability> capability = {}; ///< that it is for; nothing: the library's own
};

/// A file, or a socket, and who needs it. Nothing: no capability of the list that NVIDIA's
/// container CLI prints; a CDI specification has it (libnvidia-egl-gbm.so, nvidia-imex).
struct DriverFile {
    std::filesystem::path path;
    std::optional<Capability> capability;
};

/// A program. Its file may lie where no PATH leads (Debian's alternatives).
struct Binary : DriverFile {
    std::filesystem::path container; ///< in the container: "/usr/bin/nvidia-smi"
};

struct Library : DriverFile {
    bool is32Bit = false;
    std::vector<Link> links; ///< that are there, or that have to be
};

/// A configuration file, which lands below /etc or /usr/share whatever its place on the host.
struct ConfigFile {
    std::filesystem::path path;      ///< below the driver root
    std::filesystem::path container; ///< in the container
};

/// A capability of the kernel module: the file below /proc/driver/nvidia/capabilities that stands
/// for it, and its node, where it has one.
struct CapabilityNode {
    std::filesystem::path access; ///< "/proc/driver/nvidia/capabilities/gpu0/mig/gi1/access"
    std::filesystem::path node;   ///< "/dev/nvidia-caps/nvidia-cap3"
};

/// What makes a MIG device usable beside its GPU's node.
struct MigAccess {
    unsigned gpu = 0; ///< index
    unsigned mig = 0; ///< index: j of "i:j"
    CapabilityNode gpuInstance;
    CapabilityNode computeInstance;
};

struct Inventory {
    std::string bootId; ///< for which boot it holds: numbers of nodes change with each
    std::filesystem::path driverRoot = "/"; ///< "/run/nvidia/driver" of a driver container
    std::filesystem::path devRoot = "/";    ///< below which /dev is
    std::string driverVersion;              ///< of the driver root's libraries, else of the module
    std::string moduleVersion;              ///< of the loaded kernel module; empty: none is loaded
    std::string cudaVersion; ///< "12.2", the newest that the driver supports; empty: unknown
    gpu::Source source = gpu::Source::Proc;
    /// Why NVML told nothing though the driver is loaded; with source Nvml, of which GPUs it told
    /// nothing: they are none. Empty: it told of all.
    std::string nvmlFailure;
    std::vector<gpu::Gpu> gpus; ///< by index

    /// Of nvidiactl, nvidia-uvm, nvidia-uvm-tools and nvidia-modeset those that are there, in this
    /// order.
    std::vector<std::filesystem::path> controlNodes;
    std::vector<std::filesystem::path> gpuNodes; ///< /dev/nvidia<minor> of `gpus` that are there
    std::vector<MigAccess> migAccess;
    std::vector<std::filesystem::path> imexChannels; ///< nodes
    std::optional<CapabilityNode> migConfig;
    std::optional<CapabilityNode> migMonitor;

    std::vector<Binary> binaries;
    std::vector<Library> libraries; ///< 64-bit ones before 32-bit ones; in the order of `list`
    std::vector<DriverFile> sockets;
    std::vector<std::filesystem::path> firmware;
    std::vector<ConfigFile> configFiles;
};

} // namespace toolkit
