/// The driver's kernel modules on a host that has its own: found in its module tree, and loaded
/// from there.
///
/// What driverctl has loaded counts as loaded, whatever the tree has.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/module.h"
#include "host/kernel/node_actions.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace gpu {

/// The tree, or nothing where there is none.
std::optional<host::ModuleTree> openModuleTree(const std::filesystem::path& directory);

/// Whether the driver's module (nvidia, nvidia-uvm, nvidia-modeset) works: /sys/module knows it,
/// or /proc/devices what it drives.
bool isLoaded(const std::string& module, const host::Roots& roots = {});

/// Loads those that are not loaded from `tree`; without one nothing is loaded. Throws host::Error
/// for a module that is neither loaded nor in the tree: Fault::NoGpu on a machine without NVIDIA's
/// devices.
void requireModules(std::span<const std::string> modules, host::ModuleTree* tree,
                    host::NodeActions& actions, const host::Roots& roots = {});

} // namespace gpu
