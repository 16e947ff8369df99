/// NVIDIA's management library, asked for what only it knows of the GPUs.
///
/// The library is the driver root's own, opened at run time: nothing links it. It runs in a child
/// process with a time limit, because a broken driver makes it crash or block. It makes control
/// nodes in /dev that are missing, as nvidia-modprobe does, and may bring GPUs up that nobody uses,
/// which takes seconds each without the persistence daemon.
#pragma once

#include "gpu/gpus.h"
#include "host/base/rooted.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace gpu {

struct NvmlAnswer {
    std::string driverVersion; ///< of the loaded module
    std::string cudaVersion;   ///< "12.2"
    /// In the library's order. What it does not tell of one is empty; DRM nodes are.
    std::vector<Gpu> gpus;
    /// What it says of those that it counts and cannot tell of: "NVML does not answer for GPU 1:
    /// nvmlDeviceGetHandleByIndex_v2: GPU is lost". The others keep their indices.
    std::vector<std::string> lostGpus;
};

/// Eight GPUs that nobody uses take half a minute to come up.
inline constexpr std::chrono::seconds kNvmlLimit{60};

/// `library` is libnvidia-ml.so, in that root. Throws host::Error that says why it did not answer.
NvmlAnswer askNvml(const host::Rooted& root, const std::filesystem::path& library,
                   std::chrono::milliseconds limit = kNvmlLimit);

} // namespace gpu
