/// The files that a runtime reads, and the keys of them that are about runtimes.
///
/// Private to this folder and its tests. Throws as the readers of these files do.
#pragma once

#include "toolkit/runtimes/configure.h"

#include <filesystem>
#include <vector>

namespace toolkit::runtimes {

/// The main file, and the drop-ins by name.
std::vector<std::filesystem::path> filesOfCrio(const Wish& wish, const ConfigFiles& files);
/// In the order in which podman reads them.
std::vector<std::filesystem::path> filesOfPodman(const Wish& wish, const ConfigFiles& files);
/// Those that a plan for this wish can change.
std::vector<std::filesystem::path> plannedFiles(const Wish& wish, const ConfigFiles& files);

} // namespace toolkit::runtimes
