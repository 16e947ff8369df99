/// NVIDIA's kernel interface sources, as its .run packages lay them out:
/// `<directory>/nvidia-<version>/kernel` (proprietary) and
/// `<directory>/nvidia-<version>/kernel-open`, each with a prebuilt core object beside the
/// interface of nvidia and of nvidia-modeset.
///
/// Reads only. A layout in which something is missing is an Error that names it.
#pragma once

#include "precompile/package/driver_source.h"

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

/// Those below `directory`, looked for when they are asked for.
DriverSources driverSourcesBelow(std::filesystem::path directory);

/// Versions that have sources below `directory` (usually /usr/src), sorted.
std::vector<std::string> installedDrivers(const std::filesystem::path& directory);

/// What `version` has sources of, in the order of the enumeration.
std::vector<Flavour> installedFlavours(const std::filesystem::path& directory,
                                       const std::string& version);

DriverSource findDriverSource(const std::filesystem::path& directory, const std::string& version,
                              Flavour flavour);

} // namespace precompile
