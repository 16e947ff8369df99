/// A container runtime's daemon reads its configuration again.
///
/// docker does so on SIGHUP. containerd and CRI-O do not: SIGHUP ends containerd, and its service
/// starts it again; CRI-O has to be restarted. podman has no daemon. What is not done here is said:
/// the command that does it on the host.
#pragma once

#include "host/base/observer.h"
#include "toolkit/installation/install_settings.h"
#include "toolkit/runtimes/runtime.h"

#include <filesystem>
#include <optional>
#include <string>

namespace toolkit {

struct Activation {
    runtimes::Runtime runtime = runtimes::Runtime::Docker;
    std::string command = {}; ///< on the host; empty: there is no daemon
    RestartMode mode = RestartMode::Auto;
    std::filesystem::path socket = {};                  ///< empty: where the daemon usually has it
    std::optional<std::filesystem::path> hostRoot = {}; ///< where `command` is run
};

/// Whether it reads it now; if not, people have been told what to do. Throws host::Error when what
/// was asked for cannot be done; with RestartMode::Auto nobody has asked, and that is a warning.
bool activate(const Activation& activation, const host::Observer& observer);

/// Whether docker has a runtime of that name some seconds after it was told: it goes on with its
/// old configuration where it finds another one wrong, or where that is not its own.
std::optional<host::Error> doubtOfDocker(const Activation& activation, const std::string& runtime);

/// Whether docker starts containers with it that name none. On a signal docker takes over what its
/// file says, and forgets nothing that the file says no more: that takes a restart.
bool dockerDefaultsTo(const Activation& activation, const std::string& runtime);

} // namespace toolkit
