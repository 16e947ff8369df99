/// The GPUs of a node as containers name them: in PCI order, which is the order of indices, not of
/// minors.
///
/// NVML tells all of it (nvml.h); without NVML, /proc and sysfs tell less: then a UUID is empty
/// until the GPU was opened, MIG devices have no UUID, and architecture and brand are empty.
/// Changes nothing; a file that cannot be read is a SystemError.
#pragma once

#include "host/base/roots.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpu {

/// Who told what is known of the GPUs.
enum class Source {
    Nvml,
    Proc, ///< /proc/driver/nvidia and sysfs
};

std::string_view toString(Source source); ///< "nvml"

/// A MIG device: a compute instance (ci) of a GPU instance (gi).
struct MigDevice {
    unsigned index = 0;    ///< j of "i:j"
    std::string uuid = {}; ///< "MIG-…"
    unsigned gpuInstance = 0;
    unsigned computeInstance = 0;
};

struct Gpu {
    unsigned index = 0;
    std::string address = {};           ///< "0000:3b:00.0", as sysfs has it
    std::optional<unsigned> minor = {}; ///< of /dev/nvidia<minor>
    std::string uuid = {};              ///< "GPU-…"
    std::string model = {};             ///< "NVIDIA H100 80GB HBM3"
    std::string architecture = {};      ///< compute capability: "9.0"
    std::string brand = {};             ///< in small letters: "tesla", "nvidia"
    bool inMigMode = false;
    std::vector<MigDevice> migs = {};                 ///< by index
    std::vector<std::filesystem::path> drmNodes = {}; ///< "/dev/dri/card1", "/dev/dri/renderD128"
    std::vector<std::filesystem::path> drmLinks = {}; ///< "/dev/dri/by-path/pci-…-card"
};

/// As /proc and sysfs tell it; without those that the driver is told to leave alone ("GPU
/// Excluded"). Without the driver: none.
std::vector<Gpu> readGpus(const host::Roots& roots);

/// What /proc tells of a GPU that NVML left open, and what only /proc and sysfs tell: DRM nodes.
/// A GPU that /proc does not know stays as it is.
std::vector<Gpu> completed(std::vector<Gpu> told, const std::vector<Gpu>& proc);

} // namespace gpu
