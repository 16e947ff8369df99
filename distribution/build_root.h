/// The value in which an operating system and the compiler meet: a directory tree with a toolchain,
/// and a kernel's build tree in it.
///
/// A distribution makes it, precompile/ uses it; neither knows the other.
#pragma once

#include "distribution/target.h"

#include <filesystem>
#include <map>
#include <string>

namespace distribution {

struct BuildRoot {
    std::filesystem::path root; ///< "/" or a directory to chroot into
    /// Inside root: /usr/lib/modules/<kernel>/build. Links to it and in it lead on inside root,
    /// never on the host (host::Rooted).
    std::filesystem::path kernelBuild;
    Target target; ///< what it builds for
    /// SHA-256 or SHA-512 of what it was made from, by name; for the manifest.
    std::map<std::string, std::string> digests;
};

} // namespace distribution
