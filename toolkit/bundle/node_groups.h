/// Device nodes that belong to a group, in a container with a user namespace: who drops the user's
/// groups, and what can be done about it.
///
/// A rootless engine's user opens a node of root:video by being in the group. runc drops that
/// membership, and the container's processes get EACCES; crun keeps it where the annotation
/// run.oci.keep_original_groups asks. Pure but for what is asked by functions.
#pragma once

#include "host/base/roots.h"
#include "toolkit/edits/host_node.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace toolkit {

/// The runtime that makes the container.
enum class Runtime { Crun, Other, Unknown };

/// Where a container's edits are made.
struct Surroundings {
    Runtime runtime = Runtime::Unknown;
    bool isInUserNamespace = false; ///< this process: the engine is rootless
    /// Whether this process may read and write the node.
    std::function<bool(const std::filesystem::path&)> mayOpen;
};

Surroundings surroundings(Runtime runtime, const host::Roots& roots = {});

/// What access to some nodes takes.
struct GroupNeed {
    bool keepGroups = false; ///< the user's groups have to stay
    std::vector<std::string> warnings;
};

/// Of a container with a user namespace, its own or the engine's.
GroupNeed groupNeed(const std::vector<std::filesystem::path>& nodes, const NodeLookup& lookup,
                    const Surroundings& around);

} // namespace toolkit
