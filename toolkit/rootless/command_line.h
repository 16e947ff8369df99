/// Which command line of podman gives an ordinary user's container the GPUs.
///
/// Pure.
#pragma once

#include "toolkit/rootless/facts.h"

#include <optional>
#include <string>
#include <vector>

namespace toolkit::rootless {

/// What makes crun keep the user's groups.
inline constexpr const char* kKeepGroups = "run.oci.keep_original_groups=1";

/// Whether the user may use the node by one of their groups alone.
bool needsGroup(const NodeFacts& node, const UserFacts& user);

/// Whether there is such a node.
bool needsGroup(const Facts& facts);

/// Whether the file is valid and has the GPUs.
bool isOfGpus(const cdi::CdiFile& file);

/// Why podman of that version reads nothing of a file that is valid and has the GPUs; empty where
/// it does. The version may be unknown, and empty.
std::vector<std::string> objectionsTo(const cdi::CdiFile& file, const std::string& podman);

/// "nvidia.com/gpu=all", or the first one that podman finds.
std::optional<std::string> usableDevice(const Facts& facts);

/// By a CDI specification, else by the runtime nvidia, else by a hook; nothing where there is none
/// of them.
std::optional<std::string> commandLine(const Facts& facts);

} // namespace toolkit::rootless
