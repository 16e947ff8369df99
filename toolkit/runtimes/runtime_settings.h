/// What a container runtime's configuration shall say of ours. Plain values.
#pragma once

#include "toolkit/runtimes/runtime.h"

#include <filesystem>
#include <optional>
#include <string>

namespace toolkit::runtimes {

struct RuntimeSettings {
    std::optional<Runtime> runtime = {}; ///< nothing: docker
    bool isNone = false;                 ///< it shall be none, and not docker either
    std::string name = "nvidia";         ///< by which users ask for our runtime
    std::filesystem::path program = "/usr/bin/driverctl-runtime";
    bool setAsDefault = false;
    bool enableCdi = false;
    bool rootless = false; ///< the files of the user, not of the system
    /// Of the daemon, "1.7.24"; empty: asked of the daemon. Where nobody knows it, what is right
    /// for every version is done.
    std::string version = {};
    /// Where a user's own configuration lies.
    std::filesystem::path configHome = "/root/.config";
};

} // namespace toolkit::runtimes
