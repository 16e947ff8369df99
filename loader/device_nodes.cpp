#include "loader/device_nodes.h"

#include <utility>

namespace loader {

DeviceNodes::DeviceNodes(host::NodeActions& actions, std::filesystem::path dev,
                         std::filesystem::path proc, gpu::NodeSelection selection)
    : actions_(actions), dev_(std::move(dev)), proc_(std::move(proc)),
      selection_(std::move(selection)) {}

std::vector<std::filesystem::path> DeviceNodes::make() {
    std::vector<std::filesystem::path> needed;
    for (const auto& node : gpu::planDeviceNodes(selection_, proc_, dev_)) {
        if (!std::filesystem::exists(node.path)) {
            made_.push_back(node.path);
        }
        actions_.makeDeviceNode(node);
        needed.push_back(node.path);
        linkByNumber(node);
    }
    return needed;
}

void DeviceNodes::linkByNumber(const host::DeviceNode& node) {
    const auto link = gpu::characterLink(node, dev_);
    if (!isThere(link)) {
        made_.push_back(link.link);
        actions_.makeLink(link.target, link.link);
    }
}

void DeviceNodes::remove() {
    removeAll(actions_, {made_.rbegin(), made_.rend()});
    made_.clear();
}

} // namespace loader
