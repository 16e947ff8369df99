/// What decides whether an ordinary user's podman can give containers the GPUs, as values.
///
/// gatherFacts() looks at this node as the user who calls it, and changes nothing. What cannot be
/// looked at is as if it was not there; checks.h says what follows from the facts.
#pragma once

#include "host/base/error.h"
#include "host/base/roots.h"
#include "host/kernel/selinux_policy.h"
#include "toolkit/cdi/directories.h"
#include "toolkit/edits/host_node.h"
#include "toolkit/rootless/containers_conf.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace toolkit::rootless {

struct UserFacts {
    std::string name;          ///< the number where it has no name
    std::vector<gid_t> groups; ///< its own one, too
    std::uint64_t subordinateUsers = 0;
    std::uint64_t subordinateGroups = 0;
    std::filesystem::path runDirectory = {}; ///< $XDG_RUNTIME_DIR
    bool ownsRunDirectory = false;
};

/// newuidmap or newgidmap, which writes a user namespace's IDs for those who may not.
struct MapHelper {
    std::filesystem::path program = {}; ///< empty: not in PATH
    bool isPrivileged = false;          ///< setuid root, or the capability as a file's
};

struct NamespaceFacts {
    MapHelper users;
    MapHelper groups;
    std::optional<unsigned> most = {};     ///< user.max_user_namespaces
    bool isForRootOnly = false;            ///< Debian: kernel.unprivileged_userns_clone is 0
    bool isRestrictedByAppArmor = false;   ///< Ubuntu, and no profile lets podman have one
    std::optional<std::string> error = {}; ///< what making one said
};

/// A program that podman may start containers with.
struct OciRuntime {
    std::string name; ///< as podman's option has it
    std::filesystem::path program = {};
    bool isThere = false;
};

struct HookDirectory {
    std::filesystem::path path;
    bool isConfigured = false; ///< podman reads it without being told
};

struct PodmanFacts {
    std::string version = {};   ///< "4.3.1"; empty: there is no podman, or it does not answer
    std::string confError = {}; ///< why containers.conf cannot be read
    OciRuntime runtime = {};    ///< that it takes when none is named
    bool hasCrun = false;
    std::optional<OciRuntime> nvidia = {}; ///< where containers.conf has a runtime of that name
    std::filesystem::path next = {};       ///< that it goes on with; empty: there is none
    /// With hooks that give containers the GPUs: those that it is configured to read, and the two
    /// where hooks are installed, which it reads for root alone.
    std::vector<HookDirectory> hooks = {};
    std::vector<std::filesystem::path> cdiDirectories = {}; ///< the most important one last
};

struct NodeFacts {
    std::filesystem::path path;
    std::optional<HostNode> node = {}; ///< nothing: there is none
    bool isUsable = false;             ///< the user may read and write it
    std::string group = {};            ///< its name
    bool isInDriverRoot = false;       ///< where a driver container keeps its own ones
};

struct Facts {
    UserFacts user;
    NamespaceFacts namespaces;
    PodmanFacts podman;
    std::vector<std::string> delegated; ///< cgroup controllers of the user's own manager
    bool hasUnifiedCgroups = true;      ///< cgroups v2 alone
    bool isDriverLoaded = true;
    std::vector<NodeFacts> nodes;    ///< those that the loaded driver wants
    cdi::Listing specifications;     ///< where podman looks for them
    cdi::Listing unread = {};        ///< in those where other readers look, and podman does not
    std::string specificationsError; ///< why the directories cannot be read
    host::SelinuxMode selinux = host::SelinuxMode::Off;
    std::optional<host::Error> selinuxObstacle; ///< what keeps confined containers from the nodes
};

Facts gatherFacts(const Environment& environment, const host::Roots& roots = {});

} // namespace toolkit::rootless
