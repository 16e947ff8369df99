#include "toolkit/inventory/doubts.h"

#include <algorithm>
#include <fmt/format.h>

namespace toolkit {

namespace {

constexpr const char* kNameRoot =
    "Name the directory that shows the loaded driver's userspace with {driver-root}.";

} // namespace

std::vector<host::Error> doubts(const Inventory& inventory) {
    std::vector<host::Error> doubts;
    if (inventory.libraries.empty()) {
        doubts.emplace_back(fmt::format("the driver root {} has no library of the driver{}{}",
                                        inventory.driverRoot.string(),
                                        inventory.driverVersion.empty() ? "" : " ",
                                        inventory.driverVersion),
                            kNameRoot);
    } else if (!inventory.moduleVersion.empty() &&
               inventory.moduleVersion != inventory.driverVersion) {
        doubts.emplace_back(
            fmt::format("the libraries in {} are of driver {}, the loaded module is of {}",
                        inventory.driverRoot.string(), inventory.driverVersion,
                        inventory.moduleVersion),
            kNameRoot);
    }
    if (!inventory.nvmlFailure.empty() && !inventory.libraries.empty()) {
        doubts.emplace_back(fmt::format("{}; {}", inventory.nvmlFailure,
                                        inventory.source == gpu::Source::Nvml
                                            ? "containers do not get it"
                                            : "the GPUs are as /proc tells them"),
                            "See what nvidia-smi says.");
    }
    return doubts;
}

} // namespace toolkit
