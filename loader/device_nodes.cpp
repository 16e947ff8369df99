#include "loader/device_nodes.h"

#include "gpu/device_nodes.h"

#include <system_error>
#include <utility>

namespace loader {

DeviceNodes::DeviceNodes(host::NodeActions& actions, std::filesystem::path dev,
                         std::filesystem::path proc)
    : actions_(actions), dev_(std::move(dev)), proc_(std::move(proc)) {}

std::vector<std::filesystem::path> DeviceNodes::make() {
    std::vector<std::filesystem::path> needed;
    for (const auto& node : gpu::planDeviceNodes(proc_, dev_)) {
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
    const auto target = node.path.lexically_relative(link.parent_path());
    std::error_code missing;
    if (std::filesystem::read_symlink(link, missing) == target) {
        return;
    }
    made_.push_back(link);
    actions_.makeLink(target, link);
}

void DeviceNodes::remove() {
    removeAll(actions_, {made_.rbegin(), made_.rend()});
    made_.clear();
}

} // namespace loader
