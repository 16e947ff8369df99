/// The driver's files by name: what each is good for, in the order in which they are listed.
///
/// As libnvidia-container's nvc_info.c and nvidia-container-toolkit's pkg/nvcdi have them (1.20).
/// Data, and pure functions on it.
#pragma once

#include "toolkit/inventory/capability.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

namespace toolkit {

/// Nothing: not of NVIDIA's container CLI, but of CDI specifications.
struct DriverName {
    std::string_view name;
    std::optional<Capability> capability = {};
};

/// Where it stands in the order of its kind; unknown names come last.
struct KnownName {
    std::size_t rank;
    std::optional<Capability> capability;
};

/// A library without its version: "libcuda.so".
KnownName knownLibrary(std::string_view name);

/// Whether a library of another version than the driver's is the driver's as well:
/// "libnvidia-egl-gbm.so.1.1.2".
bool hasVersionOfItsOwn(std::string_view file);

/// A link that a library needs beside those that its SONAME gives.
struct NamedLink {
    std::string_view library;
    std::string_view link;   ///< from the library's directory
    std::string_view target; ///< a "*" at its end stands for the driver's version
    std::optional<Capability> capability = {};
};

inline constexpr NamedLink kLinks[] = {
    {"libcuda.so", "libcuda.so", "libcuda.so.1"},
    {"libGLX_nvidia.so", "libGLX_indirect.so.0", "libGLX_nvidia.so.*"},
    {"libnvidia-opticalflow.so", "libnvidia-opticalflow.so", "libnvidia-opticalflow.so.1"},
    {"libnvidia-allocator.so", "gbm/nvidia-drm_gbm.so", "../libnvidia-allocator.so.1",
     Capability::Graphics},
    {"libnvidia-vulkan-producer.so", "libnvidia-vulkan-producer.so",
     "libnvidia-vulkan-producer.so.*", Capability::Graphics},
    {"libglxserver_nvidia.so", "libglxserver_nvidia.so", "libglxserver_nvidia.so.*",
     Capability::Display},
};

inline constexpr DriverName kBinaries[] = {
    {"nvidia-smi", Capability::Utility},
    {"nvidia-debugdump", Capability::Utility},
    {"nvidia-persistenced", Capability::Utility},
    {"nv-fabricmanager", Capability::Utility},
    {"nvidia-cuda-mps-control", Capability::Compute},
    {"nvidia-cuda-mps-server", Capability::Compute},
    {"nvidia-imex"},
    {"nvidia-imex-ctl"},
    {"nvidia-xconfig"},
};

/// Below /run, else /var/run.
inline constexpr DriverName kSockets[] = {
    {"nvidia-persistenced/socket", Capability::Utility},
    {"nvidia-fabricmanager/socket", Capability::Utility},
};

/// Where a configuration file is found, below /etc or /usr/share, and where it lands.
struct ConfigName {
    std::string_view name;
    std::string_view container;
};

inline constexpr ConfigName kConfigs[] = {
    {"glvnd/egl_vendor.d/10_nvidia.json", "/usr/share"},
    {"egl/egl_external_platform.d/15_nvidia_gbm.json", "/usr/share"},
    {"egl/egl_external_platform.d/10_nvidia_wayland.json", "/usr/share"},
    {"egl/egl_external_platform.d/09_nvidia_wayland2.json", "/usr/share"},
    {"egl/egl_external_platform.d/20_nvidia_xcb.json", "/usr/share"},
    {"egl/egl_external_platform.d/20_nvidia_xlib.json", "/usr/share"},
    {"nvidia/nvoptix.bin", "/usr/share"},
    {"X11/xorg.conf.d/10-nvidia.conf", "/usr/share"},
    {"X11/xorg.conf.d/nvidia-drm-outputclass.conf", "/usr/share"},
    {"OpenCL/vendors/nvidia.icd", "/etc"},
    {"vulkan/icd.d/nvidia_icd.json", "/etc"},
    {"vulkan/icd.d/nvidia_icd.x86_64.json", "/etc"},
    {"vulkan/icd.d/nvidia_icd.aarch64.json", "/etc"},
    {"vulkan/icd.d/nvidia_layers.json", "/etc"},
    {"vulkan/implicit_layer.d/nvidia_layers.json", "/etc"},
};

/// Where a container's kernel and programs look for a file of firmware, whatever directory the host
/// has it in: "/lib/firmware/nvidia/535.161/gsp_ga10x.bin".
std::filesystem::path firmwareInContainer(const std::filesystem::path& firmware);

} // namespace toolkit
