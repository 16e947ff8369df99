#include "toolkit/rootless/facts.h"

#include "gpu/device_nodes.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "host/process/forked.h"
#include "host/process/process.h"
#include "toolkit/inventory/collect.h"
#include "toolkit/rootless/podman_facts.h"
#include "toolkit/selinux/container_labels.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace toolkit::rootless {

namespace fs = std::filesystem;

namespace {

std::string nameOfUser(uid_t user) {
    const passwd* entry = ::getpwuid(user);
    return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

std::string nameOfGroup(gid_t id) {
    const group* entry = ::getgrgid(id);
    return entry == nullptr ? std::to_string(id) : entry->gr_name;
}

std::vector<gid_t> ownGroups() {
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    groups.push_back(::getgid());
    return groups;
}

/// The last of the fields, when the first is the user's name or number.
std::uint64_t countIn(const std::vector<std::string>& fields, std::size_t user,
                      const std::string& name) {
    const bool isOurs = fields.size() == user + 3 &&
                        (fields[user] == name || fields[user] == std::to_string(::getuid()));
    return isOurs ? host::toNumber<std::uint64_t>(fields.back()).value_or(0) : 0;
}

/// NAME:FIRST:COUNT lines (subuid(5)); where the file has none for the user, what getsubids says,
/// which asks the host's directory service, too: "0: NAME FIRST COUNT" lines.
std::uint64_t subordinateIds(const fs::path& file, const std::string& name,
                             std::vector<std::string> getsubids) {
    std::uint64_t count = 0;
    for (const auto& line : host::split(host::readFileIfExists(file).value_or(""), '\n')) {
        count += countIn(host::split(line, ':'), 0, name);
    }
    if (count == 0 && !getsubids.front().empty()) {
        const auto said = host::run({.argv = std::move(getsubids)});
        for (const auto& line : host::split(said.text, '\n')) {
            count += countIn(host::words(line), 1, name);
        }
    }
    return count;
}

UserFacts gatherUser(const Environment& environment, const host::Roots& roots) {
    UserFacts user{.name = nameOfUser(::getuid()), .groups = ownGroups()};
    const auto getsubids = findProgram(environment, "getsubids").string();
    user.subordinateUsers = subordinateIds(roots.etc / "subuid", user.name, {getsubids, user.name});
    user.subordinateGroups =
        subordinateIds(roots.etc / "subgid", user.name, {getsubids, "-g", user.name});
    user.runDirectory = valueOf(environment, "XDG_RUNTIME_DIR");
    struct stat status {};
    user.ownsRunDirectory = ::stat(user.runDirectory.c_str(), &status) == 0 &&
                            S_ISDIR(status.st_mode) && status.st_uid == ::getuid();
    return user;
}

/// capabilities(7): the permitted set of a file is the second word, for the first 32 of them.
bool hasFileCapability(const fs::path& program, unsigned capability) {
    constexpr std::size_t kLargest = 24; // struct vfs_ns_cap_data: linux/capability.h
    unsigned char data[kLargest] = {};
    const auto size = ::getxattr(program.c_str(), "security.capability", data, sizeof data);
    constexpr std::size_t kPermitted = 4;
    constexpr unsigned kBits = 8;
    return size > 0 && (data[kPermitted + capability / kBits] >> capability % kBits & 1U) != 0;
}

MapHelper gatherHelper(const Environment& environment, const std::string& name,
                       unsigned capability) {
    MapHelper helper{.program = findProgram(environment, name)};
    struct stat status {};
    helper.isPrivileged = ::stat(helper.program.c_str(), &status) == 0 &&
                          ((status.st_uid == 0 && (status.st_mode & S_ISUID) != 0) ||
                           hasFileCapability(helper.program, capability));
    return helper;
}

/// What making a user namespace says, in a child; nothing when it works.
std::optional<std::string> tryNamespace() {
    constexpr auto kPatience = std::chrono::seconds(5);
    try {
        const auto said = host::answerOfChild(
            [] { return ::unshare(CLONE_NEWUSER) == 0 ? "" : std::strerror(errno); }, kPatience);
        return said.empty() ? std::nullopt : std::optional(said);
    } catch (const host::Error& error) {
        return error.what();
    }
}

std::optional<unsigned> numberIn(const fs::path& file) {
    return host::toNumber<unsigned>(host::readLineIfExists(file).value_or(""));
}

NamespaceFacts gatherNamespaces(const Environment& environment, const host::Roots& roots) {
    constexpr unsigned kSetGid = 6; // CAP_SETGID, CAP_SETUID: linux/capability.h
    constexpr unsigned kSetUid = 7;
    const auto kernel = roots.proc / "sys/kernel";
    return {
        .users = gatherHelper(environment, "newuidmap", kSetUid),
        .groups = gatherHelper(environment, "newgidmap", kSetGid),
        .most = numberIn(roots.proc / "sys/user/max_user_namespaces"),
        .isForRootOnly = numberIn(kernel / "unprivileged_userns_clone") == 0U,
        .isRestrictedByAppArmor =
            numberIn(kernel / "apparmor_restrict_unprivileged_userns") == 1U &&
            !fs::exists(roots.etc / "apparmor.d/podman"),
        .error = tryNamespace(),
    };
}

NodeFacts gatherNode(const host::DeviceNode& wanted, const host::Roots& roots) {
    NodeFacts facts{.path = fs::path("/dev") / wanted.path.lexically_relative(roots.dev)};
    struct stat status {};
    if (::stat(wanted.path.c_str(), &status) == 0) {
        facts.node = hostNodeOf(status);
        facts.isUsable = ::access(wanted.path.c_str(), R_OK | W_OK) == 0;
        facts.group = nameOfGroup(status.st_gid);
    }
    facts.isInDriverRoot = fs::exists(roots.run / "nvidia/driver" / facts.path.relative_path());
    return facts;
}

/// Those that CUDA needs.
std::vector<NodeFacts> gatherNodes(const host::Roots& roots) {
    const gpu::NodeSelection selection{
        .kinds = {gpu::NodeKind::Control, gpu::NodeKind::Gpu, gpu::NodeKind::Uvm}};
    std::vector<NodeFacts> nodes;
    for (const auto& wanted : gpu::planDeviceNodes(selection, roots.proc, roots.dev)) {
        nodes.push_back(gatherNode(wanted, roots));
    }
    return nodes;
}

/// NVML is not asked: it runs the driver's code, and what it knows besides is not needed.
std::optional<host::Error> gatherObstacle(const host::SelinuxPolicy& policy,
                                          const host::Roots& roots) {
    const Witnesses witnesses{.nvml = [](const auto&, const auto&) -> gpu::NvmlAnswer {
        throw host::Error("NVML is not asked");
    }};
    try {
        return selinux::obstacle(selinux::lookAtLabels(collect({}, roots, witnesses), policy));
    } catch (const host::Error& error) {
        return error;
    }
}

std::vector<fs::path> directoriesBeside(const std::vector<fs::path>& read,
                                        const host::Roots& roots) {
    auto directories = cdi::defaultDirectories(roots.root);
    std::erase_if(directories, [&](const fs::path& directory) {
        return std::ranges::any_of(
            read, [&](const fs::path& other) { return cdi::isSameDirectory(other, directory); });
    });
    return directories;
}

} // namespace

Facts gatherFacts(const Environment& environment, const host::Roots& roots) {
    const auto cgroups = roots.sys / "fs/cgroup";
    const auto manager = fmt::format("user.slice/user-{0}.slice/user@{0}.service", ::getuid());
    const host::SelinuxPolicy policy(roots);
    Facts facts{
        .user = gatherUser(environment, roots),
        .namespaces = gatherNamespaces(environment, roots),
        .podman = gatherPodman(environment, roots),
        .delegated = host::words(
            host::readLineIfExists(cgroups / manager / "cgroup.controllers").value_or("")),
        .hasUnifiedCgroups = fs::exists(cgroups / "cgroup.controllers"),
        .isDriverLoaded = fs::exists(roots.proc / "driver/nvidia/version"),
        .nodes = gatherNodes(roots),
        .specifications = {},
        .specificationsError = {},
        .selinux = policy.mode(),
        .selinuxObstacle = {},
    };
    if (facts.selinux == host::SelinuxMode::Enforcing) {
        facts.selinuxObstacle = gatherObstacle(policy, roots);
    }
    try {
        facts.specifications = cdi::listDirectories(facts.podman.cdiDirectories, roots);
        facts.unread =
            cdi::listDirectories(directoriesBeside(facts.podman.cdiDirectories, roots), roots);
    } catch (const host::Error& error) {
        facts.specificationsError = error.what();
    }
    return facts;
}

} // namespace toolkit::rootless
