#include "loader/module_plan.h"

#include <algorithm>

namespace loader {

namespace {

constexpr std::string_view kOnRequest = "nvidia-peermem";
/// As NVIDIA's driver container does: IPMI for the GPU's out-of-band management, I2C for its
/// sensors.
constexpr std::string_view kOptional[] = {"i2c_core", "ipmi_msghandler", "ipmi_devintf"};

} // namespace

std::string kernelName(std::string module) {
    std::ranges::replace(module, '-', '_');
    return module;
}

std::vector<precompile::ModuleEntry> modulesToLoad(const precompile::Manifest& manifest) {
    auto modules = manifest.modules;
    std::erase_if(modules, [](const auto& module) { return module.name == kOnRequest; });
    return modules;
}

Prerequisites prerequisitesOf(const std::vector<precompile::ModuleEntry>& modules) {
    std::vector<std::string> own;
    for (const auto& module : modules) {
        own.push_back(kernelName(module.name));
    }
    Prerequisites result;
    result.optional.assign(std::begin(kOptional), std::end(kOptional));
    for (const auto& module : modules) {
        for (const std::string& dependency : module.depends) {
            const std::string name = kernelName(dependency);
            if (std::ranges::find(own, name) == own.end() &&
                std::ranges::find(result.required, name) == result.required.end()) {
                result.required.push_back(name);
            }
        }
    }
    return result;
}

} // namespace loader
