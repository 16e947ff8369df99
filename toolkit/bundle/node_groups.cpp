#include "toolkit/bundle/node_groups.h"

#include "host/base/file.h"
#include "host/base/text.h"

#include <fmt/format.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

/// "/dev/nvidia0 (mode 0660, group 44)".
std::string described(const fs::path& path, const HostNode& node) {
    return fmt::format("{} (mode {:04o}, group {})", path.string(), node.permissions, node.gid);
}

/// Empty: the container's processes may use it, or crun sees to it.
std::string problemOf(const fs::path& path, const HostNode& node, const Surroundings& around) {
    constexpr const char* kForEverybody = "give the node mode 0666 on the host";
    if (!around.isInUserNamespace) {
        return fmt::format("{} is not the container's: its user namespace does not have the"
                           " group, and its processes will get EACCES (permission denied). Run it"
                           " without a user namespace, or {}",
                           described(path, node), kForEverybody);
    }
    if (!around.mayOpen(path)) {
        return fmt::format("{} is not this user's: the container's processes will get EACCES"
                           " (permission denied). Make the user a member of the node's group, or"
                           " {}",
                           described(path, node), kForEverybody);
    }
    if (around.runtime == Runtime::Other) {
        return fmt::format("{} is this user's by a group, which runc drops: the container's"
                           " processes will get EACCES (permission denied). Use crun ('--runtime"
                           " crun', with '--group-add keep-groups' where nothing of driverctl is"
                           " in between), or {}",
                           described(path, node), kForEverybody);
    }
    return {};
}

} // namespace

Surroundings surroundings(Runtime runtime, const host::Roots& roots) {
    // Of the first namespace: "0 0 4294967295".
    const auto map = host::words(host::readFileIfExists(roots.proc / "self/uid_map").value_or(""));
    const bool isFirst = map.empty() || map == host::words("0 0 4294967295");
    return {.runtime = runtime, .isInUserNamespace = !isFirst, .mayOpen = [](const fs::path& path) {
                return ::access(path.c_str(), R_OK | W_OK) == 0;
            }};
}

GroupNeed groupNeed(const std::vector<fs::path>& nodes, const NodeLookup& lookup,
                    const Surroundings& around) {
    GroupNeed need;
    for (const fs::path& path : nodes) {
        const HostNode node = lookup(path);
        if (!groupOf(node)) {
            continue;
        }
        if (auto problem = problemOf(path, node, around); !problem.empty()) {
            need.warnings.push_back(std::move(problem));
        } else {
            need.keepGroups = true;
        }
    }
    return need;
}

} // namespace toolkit
