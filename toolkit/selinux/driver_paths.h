/// The nodes and files of an inventory that containers may be given, by what a container's process
/// does with them. Pure.
#pragma once

#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace toolkit::selinux {

enum class PathKind {
    Node,
    Capability, ///< a file of the kernel module's, in /proc
    Binary,
    Library,
    Socket,
    Data, ///< firmware, configuration files
};

std::string_view toString(PathKind kind); ///< "node"

struct DriverPath {
    PathKind kind;
    std::filesystem::path path; ///< on the host
    bool operator==(const DriverPath&) const = default;
};

/// Each once. What the inventory names need not be there any more.
std::vector<DriverPath> driverPaths(const Inventory& inventory);

} // namespace toolkit::selinux
