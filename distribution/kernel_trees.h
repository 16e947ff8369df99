/// The kernels that modules can be compiled for in a root file system.
///
/// Reads only. Links lead on inside the root, never on the host: in Debian lib/modules/K/build is
/// an absolute one to /usr/src.
#pragma once

#include "host/base/rooted.h"

#include <filesystem>
#include <string>
#include <vector>

namespace distribution {

/// Those that have a build tree below `modules`, "/usr/lib/modules": <kernel>/build is a directory
/// or leads to one. Sorted.
std::vector<std::string> kernelsWithBuildTree(const host::Rooted& root,
                                              const std::filesystem::path& modules);

} // namespace distribution
