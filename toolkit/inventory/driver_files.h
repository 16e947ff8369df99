/// The driver's other files in a driver root: programs, sockets, configuration, firmware.
///
/// Each is what is there and can be reached, by its path without links. Throws SystemError for a
/// directory that cannot be read.
#pragma once

#include "host/base/rooted.h"
#include "host/base/roots.h"
#include "toolkit/inventory/inventory.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

/// From the directories of a root's PATH; the first of each name.
std::vector<Binary> findBinaries(const host::Rooted& root);

/// Sockets of daemons, and `mpsPipes`, the directory of those of the MPS daemon, where it is root's
/// or this process' user's: anybody can make one in /tmp. None of them is a link.
std::vector<DriverFile> findSockets(const host::Rooted& root,
                                    const std::filesystem::path& mpsPipes);

/// Where those may lie, on the host: they come and go with their daemons.
std::vector<std::filesystem::path> socketPlaces(const std::filesystem::path& driverRoot,
                                                const std::filesystem::path& mpsPipes);

std::vector<ConfigFile> findConfigFiles(const host::Rooted& root);

/// Firmware of the GPU's own processor, from where the running kernel looks for it.
std::vector<std::filesystem::path>
findFirmware(const host::Rooted& root, const std::string& version, const host::Roots& roots);

} // namespace toolkit
