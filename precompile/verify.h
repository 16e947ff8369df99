/// Whether a package is what it says, checked without loading anything.
///
/// Reads every module through Package::restore: one module and its core are in memory at a time.
#pragma once

#include "precompile/package.h"

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

struct ModuleVerdict {
    enum class State {
        Good,      ///< restored, and its SHA-256 is the manifest's
        Unchecked, ///< a delta whose core is not here
        Damaged,
    };
    std::string name;
    State state = State::Good;
    std::string reason = {};
};
std::string_view toString(ModuleVerdict::State state);

/// `sourceDirectory` is /usr/src: deltas need the cores of the package's driver, below
/// nvidia-<driver>. Throws host::Error(Fault::Verification) when the archive's members are not
/// those of the manifest, or an attachment does not have its digest.
std::vector<ModuleVerdict> verify(const Package& package,
                                  const std::filesystem::path& sourceDirectory);

/// verify(), and throws host::Error(Fault::Verification) for the first damaged module.
void requireSound(const Package& package, const std::filesystem::path& sourceDirectory);

} // namespace precompile
