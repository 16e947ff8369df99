#include "gpu/functions.h"

#include "host/base/error.h"
#include "host/kernel/module.h"

#include <algorithm>
#include <fmt/format.h>

namespace gpu {

namespace {

constexpr std::uint16_t kNvidia = 0x10de;
constexpr std::uint32_t kClasses[] = {0x0300, 0x0302, 0x0680};
constexpr std::uint32_t kDisplayClass = 0x03; ///< PCI base class of GPUs
constexpr std::string_view kOwn[] = {"nvidia", "nvidia-nvswitch"};
/// In the order in which they are removed.
constexpr std::string_view kNouveau[] = {"nova_drm", "nova_core", "nouveau"};

bool isGivenAway(const host::PciFunction& function) {
    return !function.driver.empty() && !isNvidiasOwn(function.driver) &&
           !isNouveau(function.driver);
}

} // namespace

std::vector<host::PciFunction> nvidiaFunctions(const std::filesystem::path& sys) {
    auto functions = host::pciFunctions(sys);
    std::erase_if(functions, [](const host::PciFunction& function) {
        return function.vendor != kNvidia ||
               std::ranges::find(kClasses, function.classCode >> 8U) == std::end(kClasses);
    });
    return functions;
}

std::vector<host::PciFunction> requireNvidiaFunctions(const std::filesystem::path& sys) {
    auto functions = nvidiaFunctions(sys);
    if (functions.empty()) {
        throw host::Error(host::Fault::NoGpu, "this machine has no NVIDIA device on its PCI bus",
                          "Run init on nodes with a GPU only; check lspci -d 10de: and the "
                          "machine's passthrough configuration.");
    }
    if (std::ranges::all_of(functions, isGivenAway)) {
        throw host::Error(host::Fault::NoGpu,
                          fmt::format("no NVIDIA device is free for the driver: {} is bound to {}",
                                      functions.front().address, functions.front().driver),
                          "Unbind it there if containers of this node shall use it.");
    }
    return functions;
}

bool isGpu(const host::PciFunction& function) {
    return function.classCode >> 16U == kDisplayClass && !isGivenAway(function);
}

bool isNvidiasOwn(std::string_view driver) {
    return std::ranges::find(kOwn, driver) != std::end(kOwn);
}

bool isNouveau(std::string_view driver) {
    return driver == "NovaCore" || std::ranges::find(kNouveau, driver) != std::end(kNouveau);
}

void unbindNouveau(const std::vector<host::PciFunction>& functions, host::NodeActions& actions,
                   const std::filesystem::path& sys) {
    for (const auto& function : functions) {
        if (isNouveau(function.driver)) {
            actions.writeParameter(sys / "bus/pci/drivers" / function.driver / "unbind",
                                   function.address);
        }
    }
    for (const std::string_view name : kNouveau) {
        if (host::loadedModule(std::string(name), sys)) {
            actions.removeModule(std::string(name));
        }
    }
}

} // namespace gpu
