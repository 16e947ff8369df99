/// What is installed for a node's container runtimes, and how they learn of it. Plain values.
#pragma once

#include "toolkit/installation/toolkit_files.h"

#include <filesystem>
#include <string>

namespace toolkit {

/// How a daemon is made to read its configuration again.
enum class RestartMode {
    Auto,    ///< docker by a signal; the others are left to people
    Signal,  ///< SIGHUP to the process behind the socket
    Systemd, ///< its service, on the host
    None,
};

/// What leads a container runtime to the files.
enum class ConfigMode {
    Runtime,
    Hook, ///< podman's and CRI-O's alone
};

struct InstallSettings {
    ConfigMode mode = ConfigMode::Runtime;
    std::filesystem::path hooks = {};  ///< a directory, or a file; empty: where the runtime looks
    std::filesystem::path socket = {}; ///< the daemon's; empty: where it usually is
    std::filesystem::path config = {}; ///< the runtime's own file; empty: where it usually is
    std::filesystem::path dropIn = {}; ///< a file of ours; empty: where it usually is
    RestartMode restart = RestartMode::Auto;
    std::string arguments = {}; ///< RUNTIME_ARGS
    std::filesystem::path pidFile = "/run/nvidia/toolkit/toolkit.pid";
    InstalledConfig files = {};
};

} // namespace toolkit
