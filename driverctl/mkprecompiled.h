/// Packages of NVIDIA's mkprecompiled as the commands meet them: `package import`, `init` in the
/// place where the retired driver container kept them, and what `update` writes.
///
/// An import links once and packs the result as one of our packages, in which every finished module
/// has its SHA-256. The same file gives the same package. It carries no signature of ours.
#pragma once

#include "driverctl/cli/options.h"
#include "precompile/build/compile.h"
#include "precompile/package/manifest.h"

#include <filesystem>
#include <optional>

namespace driverctl {

/// Whether the file is such a package.
bool isMkprecompiledFile(const std::filesystem::path& file);

/// Links the package's interfaces with the driver's cores and puts the result into the store.
/// `identity` gives operating system, release, architecture and tag, which such a package does not
/// tell; the rest it does.
std::filesystem::path importMkprecompiled(const Options& options, const std::filesystem::path& file,
                                          precompile::PackageIdentity identity);

/// <source-dir>/nvidia-<driver>/kernel/precompiled/<kernel>/nvidia-modules-<kernel up to the first
/// '-'>[-TAG], when there is one in that format.
std::optional<std::filesystem::path> retiredPackage(const Options& options,
                                                    const precompile::PackageIdentity& wanted);

/// Imports retiredPackage() into the store or, where that cannot be written, into the
/// work directory. With --trust that is an Error: nobody signed it. Nothing when there is none, or
/// when it cannot be used and the package can still come from a source or from building: then the
/// reason is logged.
std::optional<std::filesystem::path>
importRetiredPackage(const Options& options, const precompile::PackageIdentity& wanted);

/// The interface objects and whole modules of a compile.
void exportMkprecompiled(const std::filesystem::path& file,
                         const precompile::PackageIdentity& identity,
                         const precompile::CompiledModules& compiled);

} // namespace driverctl
