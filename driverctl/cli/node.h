/// What the machine says of itself: the layer of configuration right above the defaults.
#pragma once

#include "driverctl/cli/config.h"
#include "precompile/package/manifest.h"

#include <filesystem>

namespace driverctl {

/// Fills what no other layer gave: release, channel and board from the node's files (when its
/// distribution has such), kernel from uname, driver when exactly one is installed. The kernel is
/// left open when a release other than the node's was asked for: then that release decides. The
/// flavour "auto" becomes the one that the node's GPUs ask for.
void applyNode(Config& config, const std::filesystem::path& root = "/");

/// Throws host::Error(Fault::Usage) when no driver is named and the node does not have exactly one.
void requireDriver(const Options& options);

/// What a package for this node, its running kernel and the configured driver is named after.
precompile::PackageIdentity identityOfNode(const Options& options,
                                           const std::filesystem::path& root = "/");

/// The same for the release that is named; without one: this node.
precompile::PackageIdentity identityOfRelease(const Options& options);

} // namespace driverctl
