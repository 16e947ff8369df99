/// A node with three GPUs, the last in MIG mode, as test vectors have it, and a driver root of a
/// driver container.
#pragma once

#include "toolkit/inventory/inventory.h"

namespace tests {

inline toolkit::CapabilityNode capabilityNode(const std::string& access, unsigned number) {
    return {.access = "/proc/driver/nvidia/capabilities/" + access + "/access",
            .node = "/dev/nvidia-caps/nvidia-cap" + std::to_string(number)};
}

inline std::vector<gpu::Gpu> sampleGpus() {
    return {
        {.index = 0,
         .address = "0000:3b:00.0",
         .minor = 1,
         .uuid = "GPU-11111111-aaaa-4bbb-8ccc-000000000001",
         .model = "NVIDIA H100 PCIe",
         .architecture = "9.0",
         .brand = "tesla",
         .drmNodes = {"/dev/dri/card1", "/dev/dri/renderD128"},
         .drmLinks = {"/dev/dri/by-path/pci-0000:3b:00.0-card",
                      "/dev/dri/by-path/pci-0000:3b:00.0-render"}},
        {.index = 1,
         .address = "0000:86:00.0",
         .minor = 0,
         .uuid = "GPU-22222222-aaaa-4bbb-8ccc-000000000002",
         .model = "NVIDIA A100 80GB PCIe",
         .architecture = "8.0",
         .brand = "nvidia"},
        {.index = 2,
         .address = "0001:00:00.0",
         .minor = 2,
         .uuid = "GPU-33333333-aaaa-4bbb-8ccc-000000000003",
         .model = "NVIDIA H100 PCIe",
         .architecture = "9.0",
         .brand = "nvidia",
         .inMigMode = true,
         .migs = {
             {.index = 0, .uuid = "MIG-44444444-aaaa-5bbb-8ccc-00000000000a", .gpuInstance = 1},
             {.index = 1, .uuid = "MIG-44444444-aaaa-5bbb-8ccc-00000000000b", .gpuInstance = 2}}}};
}

inline std::vector<toolkit::Library> sampleLibraries() {
    using toolkit::Capability;
    const auto library = [](const char* name, std::optional<Capability> capability,
                            std::vector<toolkit::Link> links, bool is32Bit = false) {
        const std::filesystem::path folder =
            is32Bit ? "/usr/lib/i386-linux-gnu" : "/usr/lib/x86_64-linux-gnu";
        return toolkit::Library{
            {folder / (std::string(name) + ".535.261.03"), capability}, is32Bit, std::move(links)};
    };
    return {
        library("libnvidia-ml.so", Capability::Utility,
                {{"/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1", "libnvidia-ml.so.535.261.03"}}),
        library("libcuda.so", Capability::Compute,
                {{"/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda.so.535.261.03"},
                 {"/usr/lib/x86_64-linux-gnu/libcuda.so", "libcuda.so.1"}}),
        library("libnvcuvid.so", Capability::Video, {}),
        library("libnvidia-glcore.so", Capability::Graphics, {}),
        library("libnvidia-egl-gbm.so", std::nullopt, {}),
        library("libcuda.so", Capability::Compute, {}, true)};
}

inline toolkit::Inventory sampleInventory() {
    using toolkit::Capability;
    return {.bootId = "6b9c54ab-4ae6-4b6c-b0f1-1d7ce9d9f3d1",
            .driverRoot = "/run/nvidia/driver",
            .devRoot = "/",
            .driverVersion = "535.261.03",
            .moduleVersion = "535.261.03",
            .cudaVersion = "12.2",
            .source = gpu::Source::Nvml,
            .gpus = sampleGpus(),
            .controlNodes = {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools",
                             "/dev/nvidia-modeset"},
            .gpuNodes = {"/dev/nvidia1", "/dev/nvidia0", "/dev/nvidia2"},
            .migAccess = {{.gpu = 2,
                           .mig = 0,
                           .gpuInstance = capabilityNode("gpu2/mig/gi1", 3),
                           .computeInstance = capabilityNode("gpu2/mig/gi1/ci0", 4)},
                          {.gpu = 2,
                           .mig = 1,
                           .gpuInstance = capabilityNode("gpu2/mig/gi2", 5),
                           .computeInstance = capabilityNode("gpu2/mig/gi2/ci0", 6)}},
            .imexChannels = {"/dev/nvidia-caps-imex-channels/channel0",
                             "/dev/nvidia-caps-imex-channels/channel3"},
            .migConfig = capabilityNode("mig/config", 1),
            .migMonitor = capabilityNode("mig/monitor", 2),
            .binaries = {{{"/usr/bin/nvidia-smi", Capability::Utility}, "/usr/bin/nvidia-smi"},
                         {{"/usr/bin/nvidia-cuda-mps-server", Capability::Compute},
                          "/usr/bin/nvidia-cuda-mps-server"}},
            .libraries = sampleLibraries(),
            .sockets = {{"/run/nvidia-persistenced/socket", Capability::Utility}},
            .firmware = {"/lib/firmware/nvidia/535.261.03/gsp_tu10x.bin"},
            .configFiles = {{"/etc/OpenCL/vendors/nvidia.icd", "/etc/OpenCL/vendors/nvidia.icd"},
                            {"/etc/glvnd/egl_vendor.d/10_nvidia.json",
                             "/usr/share/glvnd/egl_vendor.d/10_nvidia.json"}}};
}

} // namespace tests
