/// The CDI directories that a command looks at: those that it is given, or those in which this
/// host's container runtimes look.
///
/// Reads podman's configuration, and asks podman for its version. What is wrong with the
/// configuration is a warning in the log.
#pragma once

#include "driverctl/cli/argument.h"
#include "host/process/environment.h"
#include "toolkit/rootless/containers_conf.h"

#include <filesystem>
#include <unistd.h>
#include <vector>

namespace driverctl {

Argument directoriesArgument();
std::vector<std::filesystem::path> directoriesIn(const Arguments& arguments);

/// The standard directories and, after them, those that podman alone is configured with. `root` is
/// where the host's root directory shows.
std::vector<std::filesystem::path> withDirectoriesOfPodman(
    std::vector<std::filesystem::path> standard, const std::filesystem::path& root,
    const toolkit::rootless::Environment& environment = host::environmentOf(environ));

} // namespace driverctl
