/// What init would load on this node: the package out of the store and what is made of it. Shared
/// by init, plan and doctor.
#pragma once

#include "driverctl/cli/options.h"
#include "loader/driver_modules.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/store.h"

#include <filesystem>
#include <string>

namespace driverctl {

/// "no package in /store fits driver …", with every reason.
std::string describeMiss(const Options& options, const precompile::PackageIdentity& wanted,
                         const precompile::Store::Lookup& lookup);

/// The package files that were named, or all of the store with what is wrong with them. A store
/// that does not exist is an Error(Usage): nothing would be said of nothing.
std::vector<precompile::Store::Verdict> chosenPackages(const std::filesystem::path& store,
                                                       const std::vector<std::string>& named);

/// Throws host::Error(Usage) when --store names no directory. The default one may not be there yet.
void requireStore(const std::filesystem::path& store);

/// What a package has to be to come into the store: sound, and signed by a key of --trust.
precompile::Acceptance acceptanceOf(const std::filesystem::path& sourceDir,
                                    const std::vector<std::string>& trust);

/// Throws host::Error(Fault::Verification) for a package that is not acceptable. What could not be
/// checked here, for want of the driver's sources, is one warning: init checks it.
void acceptPackage(const precompile::Package& package, const precompile::Acceptance& acceptance);

/// Throws host::Error(Fault::Verification) when keys are trusted and none of them signed it. For
/// packages whose modules are about to be restored and checked.
void requireTrusted(const Options& options, const precompile::Package& package);

/// The modules of the package with the node's parameters and the driver's sources; nothing is
/// restored yet.
loader::DriverModules modulesFor(const Options& options, const precompile::Package& package,
                                 const std::string& vermagic, host::NodeActions& actions);

} // namespace driverctl
