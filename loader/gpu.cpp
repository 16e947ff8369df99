#include "loader/gpu.h"

#include "host/error.h"

#include <algorithm>

namespace loader {

namespace {

constexpr std::uint16_t kNvidia = 0x10de;
constexpr std::uint32_t kClasses[] = {0x0300, 0x0302, 0x0680};

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
    return functions;
}

} // namespace loader
