#include "toolkit/selinux/container_labels.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <span>

namespace toolkit::selinux {

namespace {

using host::SelinuxPolicy;
using Names = std::vector<std::string>;

/// The names of one thing in the policies of distributions, the newest first.
constexpr const char* kDomains[] = {"container_t", "svirt_lxc_net_t"};
constexpr const char* kContainerFiles[] = {"container_file_t", "svirt_lxc_file_t"};

constexpr const char* kGpuDomain = "nvidia_container_t"; ///< of NVIDIA's dgx-selinux
constexpr const char* kGraphicsNode = "xserver_misc_device_t";
/// Of container-selinux; the narrower one first.
constexpr const char* kBooleans[] = {"container_use_xserver_devices", "container_use_devices"};

/// What a container's process does with a thing of that kind.
struct Use {
    const char* objectClass;
    Names permissions;
};

Use useOf(PathKind kind) {
    switch (kind) {
    case PathKind::Node:
        return {.objectClass = "chr_file",
                .permissions = {"getattr", "open", "read", "write", "ioctl", "map"}};
    case PathKind::Binary:
        return {.objectClass = "file",
                .permissions = {"getattr", "open", "read", "map", "execute", "execute_no_trans"}};
    case PathKind::Library:
        return {.objectClass = "file",
                .permissions = {"getattr", "open", "read", "map", "execute"}};
    case PathKind::Socket:
        return {.objectClass = "sock_file", .permissions = {"getattr", "write"}};
    case PathKind::Capability:
    case PathKind::Data:
        break;
    }
    return {.objectClass = "file", .permissions = {"getattr", "open", "read"}};
}

/// In the order in which they are tried.
Names typesFor(PathKind kind, bool isHostDriver) {
    Names containerFiles(std::begin(kContainerFiles), std::end(kContainerFiles));
    switch (kind) {
    case PathKind::Node:
        containerFiles.insert(containerFiles.begin(), kGraphicsNode);
        return containerFiles;
    case PathKind::Capability:
        return {}; // /proc has the policy's
    case PathKind::Socket:
        return containerFiles;
    case PathKind::Binary:
        return isHostDriver ? Names{"bin_t"} : containerFiles;
    case PathKind::Library:
    case PathKind::Data:
        break;
    }
    return isHostDriver ? Names{"lib_t", "textrel_shlib_t"} : containerFiles;
}

class Examination {
  public:
    Examination(const SelinuxPolicy& policy, const WantedTypes& types, bool isHostDriver)
        : policy_(policy), types_(types), isHostDriver_(isHostDriver),
          hasLevels_(policy.hasLevels()), domain_(firstKnownOf(kDomains)) {
        for (const std::string& type : {types.device, types.file}) {
            if (!type.empty() && !policy.knows(contextOf(type))) {
                throw host::Error(host::Fault::Usage,
                                  fmt::format("the loaded SELinux policy has no type '{}'", type));
            }
        }
    }

    /// The first that the policy has; empty: none.
    [[nodiscard]] std::string firstKnownOf(std::span<const char* const> domains) const {
        const auto known = std::ranges::find_if(
            domains, [&](const char* domain) { return policy_.knows(processOf(domain)); });
        return known == domains.end() ? "" : *known;
    }

    [[nodiscard]] Names denied(const std::string& domain, PathKind kind,
                               const std::string& context) const {
        const Use use = useOf(kind);
        return context.empty()
                   ? use.permissions
                   : policy_.denied(processOf(domain), context, use.objectClass, use.permissions);
    }

    [[nodiscard]] PathLabel examine(const DriverPath& path, const std::string& context) const {
        PathLabel label{.kind = path.kind,
                        .path = path.path,
                        .context = context,
                        .denied = denied(domain_, path.kind, context)};
        const std::string& type = path.kind == PathKind::Node ? types_.device : types_.file;
        if (!type.empty() && path.kind != PathKind::Capability) {
            label.wanted = host::typeOf(context) == type ? "" : contextOf(type);
        } else if (!label.denied.empty()) {
            label.wanted = contextThatDoes(path.kind);
        }
        return label;
    }

    [[nodiscard]] const std::string& domain() const { return domain_; }

  private:
    /// Of an object that is the system's.
    [[nodiscard]] std::string contextOf(const std::string& type) const {
        return fmt::format("system_u:object_r:{}{}", type, hasLevels_ ? ":s0" : "");
    }

    /// Of a container's process; the categories are no container's in particular.
    [[nodiscard]] std::string processOf(const std::string& domain) const {
        return fmt::format("system_u:system_r:{}{}", domain, hasLevels_ ? ":s0:c1022,c1023" : "");
    }

    [[nodiscard]] std::string contextThatDoes(PathKind kind) const {
        for (const std::string& type : typesFor(kind, isHostDriver_)) {
            const std::string context = contextOf(type);
            if (policy_.knows(context) && denied(domain_, kind, context).empty()) {
                return context;
            }
        }
        return "";
    }

    const SelinuxPolicy& policy_;
    const WantedTypes& types_;
    bool isHostDriver_;
    bool hasLevels_;
    std::string domain_;
};

/// Nothing: there is no such path. Empty: it has none.
std::optional<std::string> contextIfThere(const ContextReader& contextOf,
                                          const std::filesystem::path& path) {
    try {
        return contextOf(path);
    } catch (const host::SystemError& error) {
        return error.code() == ENOENT || error.code() == ENOTDIR ? std::nullopt
                                                                 : std::optional(std::string());
    }
}

bool isDeniedNode(const PathLabel& label) {
    return label.kind == PathKind::Node && !label.denied.empty();
}

/// What to do about the errno with which the kernel refuses a context.
std::string remedyFor(int error) {
    switch (error) {
    case EROFS:
    case EOPNOTSUPP:
        return "Mount that file system with -o context=system_u:object_r:container_file_t:s0.";
    case EACCES:
    case EPERM:
        return "Do it as root and unconfined: on the host, or in a privileged container.";
    default:
        return "";
    }
}

} // namespace

LabelStatus lookAtLabels(const Inventory& inventory, const SelinuxPolicy& policy,
                         const WantedTypes& types, const ContextReader& contextOf) {
    LabelStatus status{.mode = policy.mode(), .isHostDriver = inventory.driverRoot == "/"};
    if (!policy.isLoaded()) {
        return status;
    }
    const Examination examination(policy, types, status.isHostDriver);
    status.policy = policy.name();
    status.version = policy.version();
    status.domain = examination.domain();
    for (const char* name : kBooleans) {
        if (const auto isOn = policy.boolean(name)) {
            status.booleans.push_back({.name = name, .isOn = *isOn});
        }
    }
    if (status.domain.empty()) {
        return status;
    }
    status.gpuDomain = examination.firstKnownOf({&kGpuDomain, 1});
    for (const DriverPath& path : driverPaths(inventory)) {
        if (const auto context = contextIfThere(contextOf, path.path)) {
            status.paths.push_back(examination.examine(path, *context));
            if (path.kind == PathKind::Node && !status.gpuDomain.empty() &&
                !examination.denied(status.gpuDomain, path.kind, *context).empty()) {
                status.gpuDomain.clear();
            }
        }
    }
    return status;
}

std::optional<host::Error> obstacle(const LabelStatus& status) {
    const auto node = std::ranges::find_if(status.paths, isDeniedNode);
    if (status.mode != host::SelinuxMode::Enforcing || node == status.paths.end()) {
        return std::nullopt;
    }
    return host::Error(fmt::format("SELinux keeps confined containers ({}) from {}, whose type is "
                                   "{}: they may not {}",
                                   status.domain, node->path.string(),
                                   node->context.empty() ? "unknown" : host::typeOf(node->context),
                                   fmt::join(node->denied, ", ")),
                       "Run {command:selinux label}, or see {command:selinux status}.");
}

std::vector<LabelChange> label(const LabelStatus& status, host::NodeActions& actions, bool dryRun) {
    std::vector<LabelChange> changes;
    for (const PathLabel& path : status.paths) {
        if (path.wanted.empty()) {
            continue;
        }
        LabelChange change{.path = path.path, .from = path.context, .to = path.wanted};
        if (!dryRun) {
            try {
                actions.setContext(path.path, path.wanted);
            } catch (const host::SystemError& error) {
                change.refusal = host::Error(error.what(), remedyFor(error.code()));
            }
        }
        changes.push_back(std::move(change));
    }
    return changes;
}

} // namespace toolkit::selinux
