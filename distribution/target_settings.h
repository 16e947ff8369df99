/// The operating system's release that a driver is built for, as configured. Plain values: whoever
/// is given them decides what an empty one means.
#pragma once

#include <filesystem>
#include <string>

namespace distribution {

/// Asks, as a release, for the newest one that its channel has now.
constexpr const char* kCurrent = "current";

struct TargetSettings {
    std::string release = {};
    std::string channel = {};
    std::string board = {};
    std::string kernel = {};              ///< as uname -r prints it
    std::filesystem::path buildRoot = {}; ///< what to build in; empty: the release's own root
};

} // namespace distribution
