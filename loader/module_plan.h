/// Which modules are loaded in which order, with which parameters: decisions, as values.
#pragma once

#include "host/base/roots.h"
#include "loader/life_settings.h"
#include "loader/state.h"
#include "precompile/package/manifest.h"

#include <string>
#include <vector>

namespace loader {

/// Of the modules that not everybody wants, those that are wanted.
struct ModuleWishes {
    bool peerMemory = false; ///< nvidia-peermem, for GPUDirect RDMA
    bool drm = true;         ///< nvidia-drm
    bool operator==(const ModuleWishes&) const = default;
};

/// As settings and node have it: nvidia-peermem needs a network device of vendor 15b3 (Mellanox),
/// and where the GPU Operator manages the driver nvidia-drm has to be asked for.
ModuleWishes moduleWishes(const LifeSettings& settings, const host::Roots& roots = {});
/// What an init has loaded.
ModuleWishes moduleWishes(const NodeState& state);

/// Of the package's modules, those that init loads. nvidia-peermem, wanted and not there, is
/// host::Error(Fault::NotLoadable).
std::vector<precompile::ModuleEntry> modulesToLoad(const precompile::Manifest& manifest,
                                                   const ModuleWishes& wishes);

/// What the host's own tree has to give: each module's dependencies that are not in the package,
/// and what nvidia uses without saying so.
struct Prerequisites {
    std::vector<std::string> required; ///< named by a module's "depends"
    std::vector<std::string> optional; ///< loaded where the tree has them
};
Prerequisites prerequisitesOf(const std::vector<precompile::ModuleEntry>& modules);

} // namespace loader
