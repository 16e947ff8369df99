/// The place where the retired driver container kept the packages of NVIDIA's mkprecompiled, as a
/// source of packages: <source-dir>/nvidia-<driver>/kernel/precompiled/<kernel>/nvidia-modules-<the
/// kernel up to its first '-'>[-TAG].
#pragma once

#include "precompile/build/legacy_package.h"
#include "precompile/package/package_source.h"

#include <memory>

namespace precompile {

/// Nothing when no such package lies where the one that is wanted would. Where signatures are
/// needed it is refused, host::Error(Fault::Verification), before a linker reads it: nobody vouches
/// for it.
std::unique_ptr<PackageSource> openLegacySource(const PackageIdentity& wanted,
                                                const LegacyTools& tools, bool signatureNeeded);

/// Throws host::Error(Fault::Verification): the file carries no signature, and one is needed.
[[noreturn]] void refuseUnsigned(const std::filesystem::path& file);

} // namespace precompile
