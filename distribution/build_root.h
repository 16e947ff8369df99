/// The value in which an operating system and the compiler meet: a directory tree with a toolchain,
/// and a kernel's build tree in it.
///
/// A distribution makes it, precompile/ uses it; neither knows the other.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace distribution {

struct BuildRoot {
    std::filesystem::path root;        ///< "/" or a directory to chroot into
    std::filesystem::path kernelBuild; ///< inside root: /usr/lib/modules/<kernel>/build
    std::string kernel;       ///< release of the kernel to build for, as uname -r prints it
    std::string architecture; ///< as uname -m prints it
    std::string osId;         ///< "flatcar", "debian"
    std::string osRelease;    ///< VERSION_ID: "4593.2.5", "12"
    std::map<std::string, std::string>
        digests; ///< SHA-256 or SHA-512 of what it was made from, by name; for the manifest
};

} // namespace distribution
