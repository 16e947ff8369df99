/// Finding the package for a node: the store, the place of the retired driver container's packages,
/// then the package sources. The same for init and pull.
///
/// The store comes first: when it has the package, nothing is fetched. A source that is dead or
/// lacks the package is one warning, and the next is asked. A package that arrives damaged, or that
/// --trust does not accept, is host::Error(Verification) at once: the next source would only hide
/// an attack. What was fetched goes into the store; where that cannot be written, it stays in a
/// temporary directory that lives as long as the result. What init would find can be asked for
/// without fetching it.
#pragma once

#include "driverctl/cli/options.h"
#include "host/base/file.h"
#include "host/process/signals.h"
#include "precompile/package/package.h"
#include "precompile/share/registry.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace driverctl {

struct FoundPackage {
    precompile::Package package;
    std::unique_ptr<host::TempDir> directory = {}; ///< when it could not be put into the store
};

struct PackageSearch {
    std::optional<FoundPackage> found;
    bool sourceFailed = false; ///< a source that could not be asked may have it
};

PackageSearch findPackage(const Options& options, const precompile::PackageIdentity& wanted,
                          host::SignalSet& signals);

/// From the sources alone. Without `wanted`, whatever the one artifact that a source names is for.
PackageSearch fetchPackage(const Options& options,
                           const std::optional<precompile::PackageIdentity>& wanted,
                           host::SignalSet& signals);

struct SourceAnswer {
    std::string source;
    bool has = false;
    std::string error = {};  ///< empty when the source could be asked
    std::string remedy = {}; ///< for the error
};

/// What the sources say of the package that is wanted, in order: every source, or those up to the
/// first that has it, which is where init would fetch it from. Nothing is fetched.
enum class Ask { Every, UntilFound };
std::vector<SourceAnswer> askSources(const Options& options,
                                     const precompile::PackageIdentity& wanted, Ask ask,
                                     host::SignalSet& signals);

/// How registries and servers are talked to, as configured.
precompile::RegistryOptions registryOptions(const precompile::RegistrySettings& settings,
                                            host::SignalSet& signals);

} // namespace driverctl
