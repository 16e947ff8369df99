#include "loader/module_plan.h"

#include "host/base/error.h"
#include "host/kernel/module.h"

#include <algorithm>

namespace loader {

namespace {

constexpr std::string_view kOnRequest = "nvidia-peermem";
/// As NVIDIA's driver container does: IPMI for the GPU's out-of-band management, I2C for its
/// sensors.
constexpr std::string_view kOptional[] = {"i2c_core", "ipmi_msghandler", "ipmi_devintf"};

} // namespace

std::vector<precompile::ModuleEntry> modulesToLoad(const precompile::Manifest& manifest,
                                                   bool peerMemory) {
    auto modules = manifest.modules;
    const auto isPeerMemory = [](const auto& module) { return module.name == kOnRequest; };
    if (!peerMemory) {
        std::erase_if(modules, isPeerMemory);
    } else if (std::ranges::none_of(modules, isPeerMemory)) {
        throw host::Error(host::Fault::NotLoadable,
                          "GPUDirect RDMA is wanted, but the package holds no nvidia-peermem",
                          "Build the package against a kernel with InfiniBand support, or leave "
                          "GPU_DIRECT_RDMA_ENABLED out.");
    }
    return modules;
}

Prerequisites prerequisitesOf(const std::vector<precompile::ModuleEntry>& modules) {
    std::vector<std::string> own;
    for (const auto& module : modules) {
        own.push_back(host::kernelName(module.name));
    }
    Prerequisites result;
    result.optional.assign(std::begin(kOptional), std::end(kOptional));
    for (const auto& module : modules) {
        for (const std::string& dependency : module.depends) {
            const std::string name = host::kernelName(dependency);
            if (std::ranges::find(own, name) == own.end() &&
                std::ranges::find(result.required, name) == result.required.end()) {
                result.required.push_back(name);
            }
        }
    }
    return result;
}

} // namespace loader
