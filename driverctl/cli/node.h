/// What the machine says of itself: the layer of configuration right above the defaults.
#pragma once

#include "driverctl/cli/config.h"
#include "precompile/package/manifest.h"

#include <filesystem>

namespace driverctl {

/// What applyNode() may fill. The node is not looked at for a command that reads none of it.
inline constexpr std::string_view kNodeSettings[] = {"release", "channel", "board", "kernel",
                                                     "driver"};

/// Fills what no other layer gave: release, channel and board from the node's files (when its
/// distribution has such), kernel from uname, driver when exactly one is installed. The kernel is
/// left open when a release other than the node's was asked for: then that release decides.
void applyNode(Config& config, const std::filesystem::path& root = "/");

/// For --print-config: the driver and the flavour that completeDriver() would choose, with the
/// reason as origin. A name of which it is not clear who is meant stays as it is.
void applyDriver(Config& config, const std::filesystem::path& root = "/");

/// The driver with the flavour that the node's GPUs ask for where none is wanted.
precompile::DriverSettings withFlavour(precompile::DriverSettings wanted,
                                       const std::filesystem::path& root = "/");

/// The same, with the driver that is meant ("535", "latest"). Throws host::Error(Fault::Usage) when
/// that is not clear, or no driver is named and the node does not have exactly one.
precompile::DriverSettings completeDriver(precompile::DriverSettings wanted,
                                          const std::filesystem::path& root = "/");

/// What a package for this node, its running kernel and the driver is named after.
precompile::PackageIdentity identityOfNode(const precompile::DriverSettings& driver,
                                           const std::filesystem::path& root = "/");

/// The same for the release that is named; without one: this node.
precompile::PackageIdentity identityOfRelease(const distribution::TargetSettings& target,
                                              const precompile::DriverSettings& driver);

} // namespace driverctl
