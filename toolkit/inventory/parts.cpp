#include "toolkit/inventory/parts.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit {

namespace fs = std::filesystem;

std::optional<fs::path> gpuNode(const Inventory& inventory, const gpu::Gpu& gpu) {
    if (!gpu.minor) {
        return std::nullopt;
    }
    fs::path node = fmt::format("/dev/nvidia{}", *gpu.minor);
    const bool isThere = std::ranges::find(inventory.gpuNodes, node) != inventory.gpuNodes.end();
    return isThere ? std::optional(std::move(node)) : std::nullopt;
}

const MigAccess* migAccess(const Inventory& inventory, const gpu::Gpu& gpu,
                           const gpu::MigDevice& mig) {
    const auto found = std::ranges::find_if(inventory.migAccess, [&](const MigAccess& access) {
        return access.gpu == gpu.index && access.mig == mig.index;
    });
    return found == inventory.migAccess.end() ? nullptr : &*found;
}

const fs::path& imexChannel(const Inventory& inventory, std::string_view channel) {
    std::vector<std::string> names;
    for (const fs::path& node : inventory.imexChannels) {
        names.push_back(node.filename());
        if (names.back() == fmt::format("channel{}", channel)) {
            return node;
        }
    }
    throw host::Error(host::Fault::Usage,
                      fmt::format("there is no IMEX channel '{}': {}", channel,
                                  names.empty()
                                      ? "there is none at all"
                                      : fmt::format("there are {}", fmt::join(names, ", "))),
                      "Name one that is there, or create its node with {command:device create}.");
}

Share::Share(const Capabilities& capabilities, Recipient recipient)
    : capabilities_(expanded(capabilities)), recipient_(recipient) {}

bool Share::has(Capability capability) const {
    return capabilities_.contains(capability);
}

bool Share::hasNode(const fs::path& controlNode) const {
    const std::string name = controlNode.filename();
    if (name.starts_with("nvidia-uvm")) {
        return has(Capability::Compute);
    }
    if (name == "nvidia-modeset") {
        return has(Capability::Display) ||
               (recipient_ == Recipient::Container && has(Capability::Graphics));
    }
    return true;
}

bool Share::hasFile(const DriverFile& file) const {
    return file.capability ? has(*file.capability) : recipient_ == Recipient::Container;
}

bool Share::hasFile(const Library& library) const {
    return hasFile(static_cast<const DriverFile&>(library)) &&
           (!library.is32Bit || has(Capability::Compat32));
}

} // namespace toolkit
