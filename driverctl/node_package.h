/// What init would load on this node: the package out of the store and what is made of it. Shared
/// by init, plan and doctor.
#pragma once

#include "driverctl/options.h"
#include "loader/driver_modules.h"
#include "loader/state.h"
#include "precompile/store.h"

#include <filesystem>
#include <optional>
#include <string>

namespace driverctl {

/// The host's module tree for the kernel, where containers find it.
std::filesystem::path moduleTreeOf(const std::string& kernel);

/// "no package in /store fits driver …", with every reason.
std::string describeMiss(const Options& options, const precompile::PackageIdentity& wanted,
                         const precompile::Store::Lookup& lookup);

/// The package files that were named, or all of the store.
std::vector<std::filesystem::path> chosenPackages(const Options& options);

/// Throws host::Error(Fault::Verification) when keys are trusted and none of them signed it.
void requireTrusted(const Options& options, const precompile::Package& package);

/// The modules of the package with the node's parameters and the driver's sources; nothing is
/// restored yet.
loader::DriverModules modulesFor(const Options& options, const precompile::Package& package,
                                 const std::string& vermagic, host::Kernel& kernel);

/// What the last init wrote. A damaged record is logged and counts as none.
std::optional<loader::NodeState> lastState(const Options& options);

} // namespace driverctl
