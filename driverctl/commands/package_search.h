/// How packages are searched for, as it is configured; precompile/share/search.h does it.
#pragma once

#include "driverctl/cli/options.h"
#include "precompile/build/legacy_package.h"
#include "precompile/share/registry.h"
#include "precompile/share/search.h"

#include <optional>
#include <string>

namespace host {
class SignalSet;
}

namespace driverctl {

/// Without `wanted`: for whatever the one artifact that a source names is for.
precompile::Search searchFor(const Options& options,
                             const std::optional<precompile::PackageIdentity>& wanted,
                             host::SignalSet& signals);

/// The sources that are configured.
precompile::PackageSources configuredSources(const Options& options, host::SignalSet& signals);

/// With what packages of NVIDIA's mkprecompiled for the kernel become ours.
precompile::LegacyTools legacyTools(const Options& options, const std::string& kernel);

/// How registries and servers are talked to.
precompile::RegistryOptions registryOptions(const precompile::RegistrySettings& settings,
                                            host::SignalSet& signals);

} // namespace driverctl
