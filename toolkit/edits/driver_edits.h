/// What a container needs to use a driver, out of the inventory: the driver's own part, which is
/// the same whatever GPUs the container sees, and that of each GPU, MIG device and IMEX channel.
///
/// Pure: nothing is looked up. Every target in the container is absolute, normalised and not "/";
/// every mount's source lies below the driver root. Throws Error for an inventory with a path that
/// cannot be such a target.
#pragma once

#include "toolkit/edits/container_edits.h"
#include "toolkit/edits/hook_name.h"
#include "toolkit/inventory/inventory.h"

#include <iterator>

namespace toolkit {

/// What decides beside the inventory.
struct EditOptions {
    Capabilities capabilities{std::begin(kCapabilities), std::end(kCapabilities)};
    /// On the host: the runtime runs it there.
    std::filesystem::path hookProgram =
        std::filesystem::path("/run/nvidia/driver/usr/bin") / kHookName;
};

/// Control nodes, libraries, programs, sockets, configuration files, firmware, environment, hooks.
ContainerEdits driverEdits(const Inventory& inventory, const EditOptions& options);

/// The GPU's node, where there is one; its DRM nodes and their links with graphics or display.
ContainerEdits gpuEdits(const Inventory& inventory, const gpu::Gpu& gpu,
                        const EditOptions& options);

/// The node of the GPU, and those of the two instances.
ContainerEdits migEdits(const Inventory& inventory, const gpu::Gpu& gpu, const gpu::MigDevice& mig);

/// Channel "3": /dev/nvidia-caps-imex-channels/channel3. Throws as imexChannel().
ContainerEdits imexEdits(const Inventory& inventory, std::string_view channel);

/// A capability of the kernel module, such as the inventory's migConfig; none: no edits.
ContainerEdits capabilityEdits(const Inventory& inventory,
                               const std::optional<CapabilityNode>& capability);

/// Both, what they share once.
void append(ContainerEdits& edits, const ContainerEdits& more);

} // namespace toolkit
