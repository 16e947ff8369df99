#include "loader/module_plan.h"

#include "host/base/error.h"
#include "host/kernel/module.h"
#include "host/kernel/pci.h"

#include <algorithm>

namespace loader {

namespace {

constexpr std::string_view kPeerMemory = "nvidia-peermem";
constexpr std::string_view kDrm = "nvidia-drm";
constexpr std::uint16_t kMellanox = 0x15b3;
/// As NVIDIA's driver container does: IPMI for the GPU's out-of-band management, I2C for its
/// sensors.
constexpr std::string_view kOptional[] = {"i2c_core", "ipmi_msghandler", "ipmi_devintf"};

template <typename Modules>
bool has(const Modules& modules, std::string_view name) {
    return std::ranges::any_of(modules, [name](const auto& module) { return module.name == name; });
}

} // namespace

ModuleWishes moduleWishes(const LifeSettings& settings, const host::Roots& roots) {
    const auto isPeer = [](const auto& function) { return function.vendor == kMellanox; };
    const bool managed = !settings.configDigest.empty();
    return {.peerMemory = settings.gpuDirectRdma &&
                          std::ranges::any_of(host::pciFunctions(roots.sys), isPeer),
            .drm = settings.drm == Drm::On || (settings.drm == Drm::Auto && !managed)};
}

ModuleWishes moduleWishes(const NodeState& state) {
    return {.peerMemory = has(state.modules, kPeerMemory), .drm = has(state.modules, kDrm)};
}

std::vector<precompile::ModuleEntry> modulesToLoad(const precompile::Manifest& manifest,
                                                   const ModuleWishes& wishes) {
    auto modules = manifest.modules;
    std::erase_if(modules, [&wishes](const auto& module) {
        return (module.name == kPeerMemory && !wishes.peerMemory) ||
               (module.name == kDrm && !wishes.drm);
    });
    if (wishes.peerMemory && !has(modules, kPeerMemory)) {
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
