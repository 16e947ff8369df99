/// The container runtimes whose configuration files are known, and their versions. Values only.
#pragma once

#include "host/process/program_version.h"

#include <string_view>

namespace toolkit::runtimes {

enum class Runtime { Docker, Containerd, Crio, Podman };

/// "docker", "containerd", "crio", "podman".
std::string_view toString(Runtime runtime);

/// Of a daemon.
using Version = host::ProgramVersion;
using host::parseVersion;

} // namespace toolkit::runtimes
