/// A directory with driver sources, usually /usr/src: what it holds, and the tree of one driver and
/// flavour in it.
///
/// Its entries are looked at, those of `modules` (Debian's nvidia-kernel.tar.xz), and the directory
/// itself, which may be the tree. Reads only, and fails only where one tree is asked for: three
/// different Errors (Fault::Usage) say that there is none, that files are missing, and that the
/// layout is another.
#pragma once

#include "precompile/source/driver_tree.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace precompile {

struct SourceDirectory {
    std::filesystem::path directory;
    std::error_code unreadable; ///< why it could not be listed; none: it was
    /// The newest driver first; of the same driver and flavour the one that is built comes first.
    std::vector<DriverTree> trees;
    /// Named after a driver, but in no layout that is known.
    std::vector<std::filesystem::path> unknown;
};

/// A directory that cannot be listed holds nothing, and says why.
SourceDirectory lookAtSources(const std::filesystem::path& directory);

/// Those below `directory`, looked for when they are asked for.
DriverSources driverSourcesBelow(std::filesystem::path directory);

/// Versions that have sources below `directory`, the oldest first.
std::vector<std::string> installedDrivers(const std::filesystem::path& directory);

/// The version that is meant; see driverMeant().
std::string driverMeantIn(const std::filesystem::path& directory, const std::string& wanted);

/// What `version` has sources of, in the order of the enumeration.
std::vector<Flavour> installedFlavours(const std::filesystem::path& directory,
                                       const std::string& version);

DriverSource findDriverSource(const std::filesystem::path& directory, const std::string& version,
                              Flavour flavour);

} // namespace precompile
