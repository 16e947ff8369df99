/// What else on the host loads an NVIDIA driver, beside us: Flatcar's nvidia.service, which is in
/// every image and enabled, and its system extensions.
///
/// Reads the host's files, never its D-Bus. A container sees them through /proc/1/root with the
/// host's PID namespace, or where the host's root is mounted at /host; else it says that it does
/// not.
#pragma once

#include "host/base/roots.h"
#include "loader/checks/finding.h"

#include <filesystem>
#include <optional>
#include <string>

namespace loader {

/// Where the host's root directory shows; nothing when it does not. On the host: its root.
std::optional<std::filesystem::path> hostRoot(const host::Roots& roots = {});

/// Warnings with what to do; `osId` is the node's ("flatcar"): elsewhere a host that cannot be seen
/// is no finding.
Findings checkHostDrivers(const std::string& osId, const host::Roots& roots = {});

} // namespace loader
