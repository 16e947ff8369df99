/// What a node has for containers: the administrator's config.toml, the driver's inventory, device
/// nodes, and the program of the hooks.
///
/// The inventory is that of init where it is of this boot, else it is collected from /proc and the
/// file system, without NVML. It and the hooks' program are asked for when a container wants a GPU,
/// and not before: what such a container does without may be missing on a node.
#pragma once

#include "host/base/roots.h"
#include "toolkit/edits/host_node.h"
#include "toolkit/edits/toolkit_config.h"
#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace toolkit {

/// Throws host::Error; a test answers itself.
struct NodeSupply {
    ToolkitConfig config;
    std::function<Inventory()> inventory;
    std::function<std::filesystem::path()> hookProgram;
    NodeLookup lookup; ///< by paths on the host
};

/// The file that is named, which has to be there; without a name, the one that the environment
/// leads to, and what counts where there is none. An installation beside the program, which is a
/// .config/ like XDG_CONFIG_HOME, is in that variable's place; where that has no file, /etc's
/// counts. Throws Error for a file that cannot be read, and as parseToolkitConfig(). `self` is the
/// program, or a link of /proc to it.
ParsedToolkitConfig readToolkitConfig(std::map<std::string, std::string> environment,
                                      const std::filesystem::path& named = {},
                                      const std::filesystem::path& self = "/proc/self/exe");

/// `root` of config.toml counts where the inventory is collected.
NodeSupply supplyOf(const ToolkitConfig& config, const host::Roots& roots = {});

/// An inventory that cannot be read is as good as none.
Inventory inventoryOf(const ToolkitConfig& config, const host::Roots& roots);

/// Beside the program that runs, else in the driver root of a driver container, else in /usr/bin.
/// Throws Error where it is in none of them.
std::filesystem::path findHookProgram(const host::Roots& roots,
                                      const std::filesystem::path& self = "/proc/self/exe");

} // namespace toolkit
