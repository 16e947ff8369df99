/// A driver that is in the kernel, whoever put it there: looked at, and taken out when nobody uses
/// it.
#pragma once

#include "host/kernel.h"
#include "host/module.h"
#include "loader/holders.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace loader {

/// NVIDIA's loaded modules in an order in which they can be removed: holders first.
std::vector<host::LoadedModule> loadedDriver(const std::filesystem::path& sys = "/sys");

/// Throws host::Error(Fault::InUse) that lists who uses the driver. `except`: our own daemons.
void requireUnused(const std::set<pid_t>& except, const std::filesystem::path& proc = "/proc",
                   const std::filesystem::path& sys = "/sys");

/// Removes all of NVIDIA's modules. Throws host::Error(Fault::InUse) before anything is removed
/// when one is used.
void removeLoadedDriver(host::Kernel& kernel, const std::filesystem::path& proc = "/proc",
                        const std::filesystem::path& sys = "/sys");

} // namespace loader
