/// Whether confined containers may use the driver by SELinux's policy, and the contexts that nodes
/// and files need for that.
///
/// The loaded policy decides: it is asked for each path what a container's process may not do with
/// it, as it is, and which of the types that distributions have for such things would do. What
/// works is left as it is. Where the driver lies in the host's own root, files get the host's types
/// (lib_t, bin_t), so that confined services keep them. A driver container's files, and nodes for
/// which the policy's own type does not do, get that of containers' files. Nothing is changed but
/// in label().
#pragma once

#include "host/base/error.h"
#include "host/kernel/node_actions.h"
#include "host/kernel/selinux.h"
#include "host/kernel/selinux_policy.h"
#include "toolkit/inventory/inventory.h"
#include "toolkit/selinux/driver_paths.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::selinux {

/// Types that somebody wants; empty: chosen as above.
struct WantedTypes {
    std::string device;
    std::string file;
};

struct PathLabel {
    PathKind kind;
    std::filesystem::path path;
    std::string context;             ///< empty: it has none
    std::vector<std::string> denied; ///< permissions that a container's process does not have
    std::string wanted; ///< context that it needs; empty: what it has does, or nothing would

    bool operator==(const PathLabel&) const = default;
};

/// One of the policy's that let containers use nodes.
struct Boolean {
    std::string name;
    bool isOn;

    bool operator==(const Boolean&) const = default;
};

struct LabelStatus {
    host::SelinuxMode mode =
        host::SelinuxMode::Off; ///< all else is empty where no policy is loaded
    std::string policy;         ///< its name; empty: unknown
    std::string version;        ///< newest version of policies that the kernel reads
    std::string domain;         ///< of containers: "container_t"; empty: the policy has none
    /// A domain of the policy's for containers with GPUs, where it may use all nodes as they are.
    std::string gpuDomain;
    std::vector<Boolean> booleans;
    bool isHostDriver = false; ///< the driver lies in the host's own root
    std::vector<PathLabel> paths;
};

/// host::contextOf.
using ContextReader = std::function<std::string(const std::filesystem::path&)>;

/// Paths that are not there are left out. Throws Error(Fault::Usage) for a wanted type that the
/// policy does not know, and SystemError for what this process may not ask.
LabelStatus lookAtLabels(const Inventory& inventory, const host::SelinuxPolicy& policy,
                         const WantedTypes& types = {},
                         const ContextReader& contextOf = host::contextOf);

/// Why containers cannot use the device nodes; nothing: they can, or nobody enforces that they
/// cannot.
std::optional<host::Error> obstacle(const LabelStatus& status);

struct LabelChange {
    std::filesystem::path path;
    std::string from; ///< context; empty: none
    std::string to;
    std::optional<host::Error> refusal; ///< why it was not made
};

/// Gives each path the context that it needs; with `dryRun` only says which. What is refused does
/// not keep the others from theirs.
std::vector<LabelChange> label(const LabelStatus& status, host::NodeActions& actions,
                               bool dryRun = false);

} // namespace toolkit::selinux
