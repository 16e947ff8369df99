/// Which parts of an inventory a GPU, a MIG device, an IMEX channel and a capability stand for: for
/// `list`, CDI specifications and the changes to a config.json alike. Pure.
#pragma once

#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <optional>
#include <string_view>

namespace toolkit {

/// The GPU's own node; nothing where it is not there.
std::optional<std::filesystem::path> gpuNode(const Inventory& inventory, const gpu::Gpu& gpu);

/// Nothing where nobody knows how to reach it.
const MigAccess* migAccess(const Inventory& inventory, const gpu::Gpu& gpu,
                           const gpu::MigDevice& mig);

/// Channel "3": "/dev/nvidia-caps-imex-channels/channel3". Throws Error(Fault::Usage), with what
/// there is.
const std::filesystem::path& imexChannel(const Inventory& inventory, std::string_view channel);

/// Who is to get the parts. NVIDIA's program lists nvidia-modeset with display alone, and no file
/// without a capability: programs read what it prints. A container gets nvidia-modeset with
/// graphics as well, because Wayland and Vulkan need it, and all files without a capability: nobody
/// knows who needs a library that is new in a driver.
enum class Recipient { List, Container };

/// What somebody with some capabilities gets.
class Share {
  public:
    /// Of capabilities as they are asked for: video brings compute, display brings graphics.
    Share(const Capabilities& capabilities, Recipient recipient);

    [[nodiscard]] bool has(Capability capability) const;
    [[nodiscard]] bool hasNode(const std::filesystem::path& controlNode) const;
    [[nodiscard]] bool hasFile(const DriverFile& file) const;
    [[nodiscard]] bool hasFile(const Library& library) const; ///< a 32-bit one with compat32 alone

  private:
    Capabilities capabilities_;
    Recipient recipient_;
};

} // namespace toolkit
