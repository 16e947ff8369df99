/// The driver's device nodes and their links, while a driver is up.
///
/// Knows which of them it made: remove() takes those away and no others.
#pragma once

#include "gpu/device_nodes.h"
#include "host/kernel/node_actions.h"

#include <filesystem>
#include <vector>

namespace loader {

class DeviceNodes {
  public:
    /// Those of `selection`, below `dev`, as the loaded driver asks below `proc`.
    DeviceNodes(host::NodeActions& actions, std::filesystem::path dev, std::filesystem::path proc,
                gpu::NodeSelection selection = {});

    /// All of them, and /dev/char/<major>:<minor> for each. Returns what the driver needs, whoever
    /// made it.
    std::vector<std::filesystem::path> make();
    /// Nodes and links that were not there.
    [[nodiscard]] const std::vector<std::filesystem::path>& made() const { return made_; }
    /// Those. May be called after a make() that failed.
    void remove();

  private:
    void linkByNumber(const host::DeviceNode& node);

    host::NodeActions& actions_;
    std::filesystem::path dev_;
    std::filesystem::path proc_;
    gpu::NodeSelection selection_;
    std::vector<std::filesystem::path> made_; ///< nodes and links
};

} // namespace loader
