/// What is wanted of an installation, out of settings and of the words of RUNTIME_ARGS.
#pragma once

#include "toolkit/installation/install_settings.h"
#include "toolkit/runtimes/runtime_settings.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace toolkit {

struct InstallationPlan {
    std::filesystem::path directory;
    std::vector<std::filesystem::path> programFolders = {}; ///< where the programs are taken from
    InstalledConfig config = {};
    std::optional<runtimes::RuntimeSettings> runtime = {}; ///< nothing: only the files
    std::filesystem::path runtimeConfig = {};              ///< empty: where it usually is
    std::filesystem::path dropIn = {};                     ///< the same
    std::optional<std::filesystem::path> hooks = {};       ///< as ConfiguredRuntime has it
    RestartMode restart = RestartMode::Auto;
    std::filesystem::path socket = {};                  ///< empty: where it usually is
    std::optional<std::filesystem::path> hostRoot = {}; ///< where it shows
    std::filesystem::path pidFile = {};
};

/// RUNTIME_ARGS counts before the variables that say the same. Throws host::Error(Fault::Usage).
InstallationPlan planFor(const InstallSettings& install, const runtimes::RuntimeSettings& runtime,
                         const std::filesystem::path& directory);

} // namespace toolkit
