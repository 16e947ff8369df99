/// How packages are searched for, as it is configured; precompile/share/search.h does it.
#pragma once

#include "driverctl/cli/settings.h"
#include "precompile/build/legacy_package.h"
#include "precompile/share/registry.h"
#include "precompile/share/search.h"

#include <optional>
#include <string>
#include <vector>

namespace host {
class SignalSet;
}

namespace driverctl {

/// In these sources, and before them where the retired driver container kept its packages. Without
/// `wanted`: for whatever the one artifact that a source names is for.
precompile::Search searchFor(const Settings& settings, const std::vector<std::string>& sources,
                             const std::optional<precompile::PackageIdentity>& wanted,
                             host::SignalSet& signals);

precompile::PackageSources sourcesNamed(const std::vector<std::string>& sources,
                                        const precompile::RegistrySettings& registry,
                                        host::SignalSet& signals);

/// With what packages of NVIDIA's mkprecompiled for the kernel become ours.
precompile::LegacyTools legacyTools(const Settings& settings, const std::string& kernel);

/// How registries and servers are talked to.
precompile::RegistryOptions registryOptions(const precompile::RegistrySettings& settings,
                                            host::SignalSet& signals);

} // namespace driverctl
