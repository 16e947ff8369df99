/// The files of an installation: the small programs, the names of NVIDIA's programs that they
/// answer to, and their config.toml.
///
/// Names that none of them answers to are left out: nvidia-container-cli is a name of driverctl
/// itself, which needs its libraries.
#pragma once

#include "toolkit/installation/installed_files.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

inline constexpr const char* kRuntimeName = "driverctl-runtime";
/// Where NVIDIA's container has it, below the directory; the programs look there first.
inline constexpr const char* kInstalledConfig = ".config/nvidia-container-runtime/config.toml";

/// What an administrator may want of config.toml; NVIDIA's container has the same in variables.
struct InstalledConfig {
    std::filesystem::path driverRoot = {};     ///< empty: found when a container starts
    bool acceptEnvironmentUnprivileged = true; ///< accept-…-envvar-when-unprivileged
    bool acceptVolumeMounts = false;           ///< accept-…-as-volume-mounts
    std::filesystem::path debug = {};          ///< log file of the runtime; empty: none
    std::vector<std::string> runtimes = {};    ///< which one starts containers; empty: runc, crun
};

/// The text of config.toml.
std::string textOf(const InstalledConfig& config);

/// Reads the programs where they are found: in the first of `folders` that has both. Throws
/// host::Error where none has.
std::vector<InstalledFile> toolkitFiles(const std::vector<std::filesystem::path>& folders,
                                        const InstalledConfig& config);

/// Beside the running program, and where the image has them.
std::vector<std::filesystem::path> programFolders();

} // namespace toolkit
