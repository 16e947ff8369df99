/// The driver's libraries in a driver root.
///
/// All whose name ends in the driver's version, and the few with versions of their own, by what
/// they are good for (driver_names.h). What is no ELF object, or may not be read, is no library; of
/// libnvidia-tls only the build for the present thread-local storage counts.
#pragma once

#include "toolkit/inventory/inventory.h"
#include "toolkit/inventory/library_directories.h"

#include <string>
#include <vector>

namespace toolkit {

/// 64-bit ones before 32-bit ones, each in the order of driver_names.h, then as the directories
/// have them. Each file once.
std::vector<Library> findLibraries(const host::Rooted& root,
                                   const std::vector<LibraryDirectory>& directories,
                                   const std::string& version);

} // namespace toolkit
