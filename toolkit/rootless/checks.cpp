#include "toolkit/rootless/checks.h"

#include "toolkit/rootless/command_line.h"
#include "toolkit/shim/next_runtime.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace toolkit::rootless {

using loader::Finding;
using loader::Findings;
using loader::Severity;

namespace {

/// What most images need: IDs up to 65535.
constexpr std::uint64_t kEnoughIds = 65536;

Findings checkPodman(const PodmanFacts& podman) {
    if (podman.version.empty()) {
        return {{Severity::Problem, "podman", "there is no podman in PATH that says its version",
                 "Install podman."}};
    }
    Findings findings = {{Severity::Good, "podman", "podman is " + podman.version}};
    if (!podman.confError.empty()) {
        findings.push_back({Severity::Problem, "podman", podman.confError,
                            "Repair the file: podman does not start with it."});
    }
    const auto& runtime = podman.runtime;
    findings.push_back(
        runtime.isThere
            ? Finding{Severity::Good, "podman",
                      fmt::format("containers are started by {} ({})", runtime.name,
                                  runtime.program.string())}
            : Finding{Severity::Problem, "podman",
                      fmt::format("the runtime {} that podman takes is not there", runtime.name),
                      "Install crun."});
    return findings;
}

Finding subordinateIds(const UserFacts& user) {
    const auto least = std::min(user.subordinateUsers, user.subordinateGroups);
    const auto remedy = fmt::format(
        "As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {}. Then, as the "
        "user: podman system migrate.",
        user.name);
    if (least == 0) {
        return {Severity::Problem, "user",
                fmt::format("{} has no subordinate IDs in {}: a container has one user alone",
                            user.name, user.subordinateUsers == 0 ? "/etc/subuid" : "/etc/subgid"),
                remedy};
    }
    if (least < kEnoughIds) {
        return {Severity::Warning, "user",
                fmt::format("{} has {} subordinate IDs: images with higher ones cannot be unpacked",
                            user.name, least),
                remedy};
    }
    return {Severity::Good, "user", fmt::format("{} has {} subordinate IDs", user.name, least)};
}

Findings helperProblems(const MapHelper& helper, const char* name, const char* capability) {
    if (helper.program.empty()) {
        return {{Severity::Problem, "userns", fmt::format("there is no {} in PATH", name),
                 "Install the package uidmap (Debian) or shadow-utils (Fedora, RHEL)."}};
    }
    if (!helper.isPrivileged) {
        return {{Severity::Problem, "userns",
                 fmt::format("{} is neither setuid root nor has {}", helper.program.string(),
                             capability),
                 fmt::format("As root: chmod u+s {}.", helper.program.string())}};
    }
    return {};
}

/// The most telling reason why the kernel makes no user namespace.
std::optional<Finding> namespaceProblem(const NamespaceFacts& facts) {
    const auto problem = [](std::string text, std::string remedy) {
        return Finding{Severity::Problem, "userns", std::move(text), std::move(remedy)};
    };
    if (facts.isForRootOnly) {
        return problem("user namespaces are for root only: kernel.unprivileged_userns_clone is 0",
                       "As root: sysctl kernel.unprivileged_userns_clone=1, and the same in a file "
                       "of /etc/sysctl.d.");
    }
    if (facts.most == 0U) {
        return problem("there may be no user namespace: user.max_user_namespaces is 0",
                       "As root: sysctl user.max_user_namespaces=15000, and the same in a file of "
                       "/etc/sysctl.d.");
    }
    if (facts.isRestrictedByAppArmor) {
        return problem("AppArmor lets no program without a profile use a user namespace, and there "
                       "is none for podman",
                       "Install the profile /etc/apparmor.d/podman, or, as root: sysctl "
                       "kernel.apparmor_restrict_unprivileged_userns=0.");
    }
    if (facts.error) {
        return problem(fmt::format("a user namespace cannot be made: {}", *facts.error),
                       "In a container its engine forbids that: run this on the host.");
    }
    return std::nullopt;
}

Findings checkNamespaces(const NamespaceFacts& facts) {
    Findings findings = helperProblems(facts.users, "newuidmap", "cap_setuid");
    for (auto& finding : helperProblems(facts.groups, "newgidmap", "cap_setgid")) {
        findings.push_back(std::move(finding));
    }
    if (auto problem = namespaceProblem(facts)) {
        findings.push_back(std::move(*problem));
    }
    if (findings.empty()) {
        findings.push_back({Severity::Good, "userns", "the user may make user namespaces"});
    }
    return findings;
}

Finding checkSession(const UserFacts& user) {
    if (user.ownsRunDirectory) {
        return {Severity::Good, "session",
                fmt::format("XDG_RUNTIME_DIR is {}", user.runDirectory.string())};
    }
    return {Severity::Warning, "session",
            user.runDirectory.empty()
                ? "XDG_RUNTIME_DIR is not set, as behind su: podman keeps its state in /tmp"
                : fmt::format("XDG_RUNTIME_DIR is {}, which is not {}'s",
                              user.runDirectory.string(), user.name),
            fmt::format("Log in by ssh, or by machinectl shell {}@, rather than by su or sudo.",
                        user.name)};
}

/// A note alone: GPUs need no control group where the container has a user namespace.
Finding checkCgroups(const Facts& facts) {
    if (!facts.hasUnifiedCgroups) {
        return {Severity::Good, "cgroups",
                "this host has cgroups v1: containers have no limits, and GPUs need none"};
    }
    return {
        Severity::Good, "cgroups",
        facts.delegated.empty()
            ? "no cgroup is delegated: containers have no limits, and GPUs need none"
            : fmt::format("{} are delegated; GPUs need none", fmt::join(facts.delegated, ", "))};
}

template <typename Test>
std::vector<std::string> pathsOf(const std::vector<NodeFacts>& nodes, Test&& test) {
    std::vector<std::string> paths;
    for (const auto& node : nodes) {
        if (test(node)) {
            paths.push_back(node.path.string());
        }
    }
    return paths;
}

Finding missing(const std::vector<std::string>& paths, bool areElsewhere) {
    if (areElsewhere) {
        return {Severity::Problem, "nodes",
                fmt::format("{} lie in /run/nvidia/driver/dev alone: a node of another path "
                            "cannot be given to a container without privileges",
                            fmt::join(paths, ", ")),
                "As root, on the host: {command:device create}. A driver container makes them "
                "there where the host's /dev is mounted in it."};
    }
    return {Severity::Problem, "nodes", fmt::format("{} are missing", fmt::join(paths, ", ")),
            "As root: {command:device create}."};
}

/// Of nodes that the user may not use: whose they are.
Finding refused(const std::vector<std::string>& paths, const NodeFacts& first,
                const UserFacts& user) {
    constexpr mode_t kOfGroup = 060;
    const auto& node = *first.node;
    const bool isOfGroup = groupOf(node) && (node.permissions & kOfGroup) == kOfGroup;
    return {Severity::Problem, "nodes",
            fmt::format("{} may not use {}: mode {:04o}, group {}", user.name,
                        fmt::join(paths, ", "), node.permissions, first.group),
            isOfGroup ? fmt::format("As root: usermod --append --groups {} {}. Then log in anew.",
                                    first.group, user.name)
                      : std::string("As root, in /etc/modprobe.d: options nvidia "
                                    "NVreg_DeviceFileMode=0666; load the driver anew.")};
}

/// Of nodes that only a group gives the user: runc drops a user's groups, crun keeps them where it
/// is told to.
Finding byGroup(const std::vector<std::string>& paths, const NodeFacts& first,
                const PodmanFacts& podman) {
    const auto text =
        fmt::format("{} may be used by the group {} alone", fmt::join(paths, ", "), first.group);
    if (!podman.hasCrun) {
        return {Severity::Problem, "nodes",
                text + ", and runc drops a user's groups: opening one in a container would say "
                       "'Permission denied'",
                "Install crun, which keeps them."};
    }
    return {
        Severity::Warning, "nodes",
        text + (isCrun(podman.runtime.program)
                    ? ": crun keeps a user's groups where it is told to"
                    : ", and runc drops a user's groups: opening one in a container would say "
                      "'Permission denied'"),
        fmt::format("Start containers as below, with crun. The nvidia runtime and the precreate "
                    "hook say {} themselves.",
                    kKeepGroups)};
}

Findings checkNodes(const Facts& facts) {
    if (!facts.isDriverLoaded) {
        return {{Severity::Problem, "nodes", "the driver is not loaded", "Load it."}};
    }
    const auto& nodes = facts.nodes;
    if (nodes.empty()) {
        return {{Severity::Warning, "nodes",
                 "the driver leaves its nodes to others (ModifyDeviceFiles): they are not looked "
                 "at"}};
    }
    Findings findings;
    const auto gone = pathsOf(nodes, [](const auto& node) { return !node.node; });
    if (!gone.empty()) {
        findings.push_back(missing(gone, std::ranges::any_of(nodes, [](const auto& node) {
                                       return !node.node && node.isInDriverRoot;
                                   })));
    }
    const auto isRefused = [](const auto& node) { return node.node && !node.isUsable; };
    if (const auto first = std::ranges::find_if(nodes, isRefused); first != nodes.end()) {
        findings.push_back(refused(pathsOf(nodes, isRefused), *first, facts.user));
    }
    const auto isByGroup = [&](const auto& node) { return needsGroup(node, facts.user); };
    if (const auto first = std::ranges::find_if(nodes, isByGroup); first != nodes.end()) {
        findings.push_back(byGroup(pathsOf(nodes, isByGroup), *first, facts.podman));
    }
    if (findings.empty()) {
        findings.push_back(
            {Severity::Good, "nodes",
             fmt::format("{} may use all {} nodes of the driver", facts.user.name, nodes.size())});
    }
    return findings;
}

Finding checkSelinux(const Facts& facts) {
    if (!facts.selinuxObstacle) {
        const bool isEnforcing = facts.selinux == host::SelinuxMode::Enforcing;
        return {Severity::Good, "selinux",
                fmt::format("SELinux is {}{}", host::toString(facts.selinux),
                            isEnforcing ? ", and lets containers use the nodes" : "")};
    }
    return {Severity::Warning, "selinux", facts.selinuxObstacle->what(),
            fmt::format("{} Without that a container has to be started unconfined, as below.",
                        facts.selinuxObstacle->remedy())};
}

std::string more(std::size_t count) {
    return count == 0 ? "" : fmt::format(" (and {} more)", count);
}

std::vector<std::string> textsOf(const std::vector<std::filesystem::path>& paths) {
    return {paths.begin(), paths.end()};
}

/// podman 5.5 looks in /etc/cdi alone, and since then where it is told to.
Finding notLookedFor(const std::filesystem::path& file,
                     std::vector<std::filesystem::path> directories) {
    directories.push_back(file.parent_path());
    return {Severity::Warning, "cdi",
            fmt::format("podman does not look for CDI files where {} is, which has the GPUs",
                        file.string()),
            fmt::format("In containers.conf, section [engine]: cdi_spec_dirs = [\"{}\"].",
                        fmt::join(textsOf(directories), "\", \""))};
}

Findings checkSpecifications(const Facts& facts) {
    if (!facts.specificationsError.empty()) {
        return {{Severity::Warning, "cdi", facts.specificationsError,
                 "As root: chmod 755 the directory."}};
    }
    Findings findings;
    for (const auto& [text, remedy] : cdi::findingsIn(facts.specifications)) {
        findings.push_back({Severity::Warning, "cdi", text, remedy});
    }
    for (const auto& file : facts.specifications.files) {
        const auto objections = objectionsTo(file, facts.podman.version);
        if (!objections.empty()) {
            findings.push_back({Severity::Warning, "cdi",
                                fmt::format("{} is of no use here: {}{}", file.path.string(),
                                            objections.front(), more(objections.size() - 1)),
                                "As root: write the file anew with {command:cdi generate}."});
        }
    }
    const auto unread = std::ranges::find_if(facts.unread.files, isOfGpus);
    if (const auto device = usableDevice(facts)) {
        findings.push_back({Severity::Good, "cdi", fmt::format("podman finds {}", *device)});
    } else if (unread != facts.unread.files.end()) {
        findings.push_back(notLookedFor(unread->path, facts.podman.cdiDirectories));
    } else if (findings.empty()) {
        findings.push_back({Severity::Warning, "cdi",
                            fmt::format("no file in {} has the GPUs",
                                        fmt::join(textsOf(facts.podman.cdiDirectories), " or ")),
                            "As root: write one with {command:cdi generate}."});
    }
    return findings;
}

Finding checkNvidia(const Facts& facts) {
    const auto& podman = facts.podman;
    const auto text = fmt::format("podman's runtime nvidia is {}", podman.nvidia->program.string());
    if (!podman.nvidia->isThere) {
        return {Severity::Warning, "nvidia", text + ", which is not there",
                "Install driverctl-runtime there, or take the line out of containers.conf."};
    }
    if (podman.next.empty()) {
        return {Severity::Warning, "nvidia", text + ", and finds no runtime to go on with",
                "Start a container with it: it says why."};
    }
    if (needsGroup(facts) && !isCrun(podman.next)) {
        return {Severity::Warning, "nvidia",
                fmt::format("{}, and goes on with {}, which drops a user's groups", text,
                            podman.next.string()),
                "In NVIDIA's config.toml, section [nvidia-container-runtime]: runtimes = "
                "[\"crun\"]."};
    }
    return {Severity::Good, "nvidia",
            fmt::format("{}, and goes on with {}", text, podman.next.string())};
}

Findings checkOtherWays(const Facts& facts) {
    const auto& podman = facts.podman;
    Findings findings;
    if (podman.nvidia) {
        findings.push_back(checkNvidia(facts));
    }
    for (const auto& [path, isConfigured] : podman.hooks) {
        findings.push_back(
            {Severity::Good, "hooks",
             fmt::format("{} has a hook for GPUs{}", path.string(),
                         isConfigured ? ""
                                      : ", which podman reads for an ordinary user only when told "
                                        "to")});
    }
    return findings;
}

Finding summary(const Facts& facts, const Findings& findings) {
    if (std::ranges::count(findings, Severity::Problem, &Finding::severity) != 0) {
        return {Severity::Problem, "command",
                fmt::format("no container of {} gets a GPU while there is one of these problems",
                            facts.user.name),
                "Solve them, and ask again."};
    }
    const auto command = commandLine(facts);
    if (!command) {
        return {Severity::Problem, "command", "nothing here gives containers a GPU",
                "As root: write a CDI specification with {command:cdi generate}."};
    }
    return {Severity::Good, "command", *command};
}

} // namespace

Findings checkRootless(const Facts& facts) {
    Findings findings = checkPodman(facts.podman);
    const auto add = [&](Findings more) {
        findings.insert(findings.end(), more.begin(), more.end());
    };
    add({subordinateIds(facts.user)});
    add(checkNamespaces(facts.namespaces));
    add({checkSession(facts.user), checkCgroups(facts)});
    add(checkNodes(facts));
    add({checkSelinux(facts)});
    add(checkSpecifications(facts));
    add(checkOtherWays(facts));
    add({summary(facts, findings)});
    return findings;
}

} // namespace toolkit::rootless
