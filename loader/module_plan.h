/// Which modules are loaded in which order, with which parameters: decisions, as values.
#pragma once

#include "precompile/package/manifest.h"

#include <string>
#include <vector>

namespace loader {

/// Of the package's modules, those that init loads. nvidia-peermem needs RDMA's core modules and is
/// loaded on request only; asked for and not there, it is host::Error(Fault::NotLoadable).
std::vector<precompile::ModuleEntry> modulesToLoad(const precompile::Manifest& manifest,
                                                   bool peerMemory);

/// What the host's own tree has to give: each module's dependencies that are not in the package,
/// and what nvidia uses without saying so.
struct Prerequisites {
    std::vector<std::string> required; ///< named by a module's "depends"
    std::vector<std::string> optional; ///< loaded where the tree has them
};
Prerequisites prerequisitesOf(const std::vector<precompile::ModuleEntry>& modules);

} // namespace loader
