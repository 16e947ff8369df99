/// Directories of a build root at which file systems are mounted while something runs in it.
#pragma once

#include "host/base/rooted.h"

#include <filesystem>

namespace distribution {

/// Where the root's directory lies for this process, behind all links of the root, so that what is
/// mounted or written there comes to lie in the root. Throws host::Error(Fault::Usage) where the
/// root has no such directory.
std::filesystem::path mountPointIn(const host::Rooted& root, const std::filesystem::path& inside);

/// As above, of each directory that a build needs: before anything is fetched or mounted.
void requireMountPoints(const host::Rooted& root);

} // namespace distribution
