#include "toolkit/rootless/checks.h"

#include "tests/unit/toolkit/rootless/rootless_facts.h"

#include <fmt/format.h>
#include <functional>
#include <gmock/gmock.h>

namespace toolkit::rootless {
namespace {

using loader::Severity;
using testing::ElementsAre;
using testing::IsEmpty;

/// "problem TOPIC: TEXT > REMEDY" of all that are not good.
std::vector<std::string> complaints(const Facts& facts) {
    std::vector<std::string> lines;
    for (const auto& finding : checkRootless(facts)) {
        if (finding.severity != Severity::Good) {
            lines.push_back(fmt::format(
                "{} {}: {} > {}", finding.severity == Severity::Problem ? "problem" : "warning",
                finding.topic, finding.text, finding.remedy));
        }
    }
    return lines;
}

const std::string kUnsolved = "problem command: no container of user gets a GPU while there is one "
                              "of these problems > Solve them, and ask again.";

void useRunc(Facts& facts) {
    facts.podman.runtime = {.name = "runc", .program = "/usr/sbin/runc", .isThere = true};
}

void giveToVideo(Facts& facts) {
    facts.nodes = {tests::node("/dev/nvidia0", 0660, tests::kVideo)};
    facts.user.groups.push_back(tests::kVideo);
}

struct Case {
    const char* name;
    std::function<void(Facts&)> change;
    std::string complaint; ///< the first one
    bool isProblem;        ///< then the last one is that nothing works
};

const Case kCases[] = {
    {"NoPodman", [](Facts& facts) { facts.podman.version = ""; },
     "problem podman: there is no podman in PATH that says its version > Install podman.", true},
    {"ContainersConf",
     [](Facts& facts) { facts.podman.confError = "/etc/containers/containers.conf:1:2: broken"; },
     "problem podman: /etc/containers/containers.conf:1:2: broken > Repair the file: podman does "
     "not start with it.",
     true},
    {"NoRuntime", [](Facts& facts) { facts.podman.runtime = {.name = "runc"}; },
     "problem podman: the runtime runc that podman takes is not there > Install crun.", true},
    {"NoSubordinateUsers", [](Facts& facts) { facts.user.subordinateUsers = 0; },
     "problem user: user has no subordinate IDs in /etc/subuid: a container has one user alone > "
     "As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 user. Then, as the "
     "user: podman system migrate.",
     true},
    {"NoSubordinateGroups", [](Facts& facts) { facts.user.subordinateGroups = 0; },
     "problem user: user has no subordinate IDs in /etc/subgid: a container has one user alone > "
     "As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 user. Then, as the "
     "user: podman system migrate.",
     true},
    {"FewSubordinateUsers", [](Facts& facts) { facts.user.subordinateUsers = 1000; },
     "warning user: user has 1000 subordinate IDs: images with higher ones cannot be unpacked > As "
     "root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 user. Then, as the "
     "user: podman system migrate.",
     false},
    {"NoHelper", [](Facts& facts) { facts.namespaces.users = {}; },
     "problem userns: there is no newuidmap in PATH > Install the package uidmap (Debian) or "
     "shadow-utils (Fedora, RHEL).",
     true},
    {"HelperWithoutPrivilege", [](Facts& facts) { facts.namespaces.groups.isPrivileged = false; },
     "problem userns: /usr/bin/newgidmap is neither setuid root nor has cap_setgid > As root: "
     "chmod u+s /usr/bin/newgidmap.",
     true},
    {"NamespacesForRoot",
     [](Facts& facts) {
         facts.namespaces.isForRootOnly = true;
         facts.namespaces.error = "Operation not permitted";
     },
     "problem userns: user namespaces are for root only: kernel.unprivileged_userns_clone is 0 > "
     "As root: sysctl kernel.unprivileged_userns_clone=1, and the same in a file of "
     "/etc/sysctl.d.",
     true},
    {"NoNamespaces", [](Facts& facts) { facts.namespaces.most = 0; },
     "problem userns: there may be no user namespace: user.max_user_namespaces is 0 > As root: "
     "sysctl user.max_user_namespaces=15000, and the same in a file of /etc/sysctl.d.",
     true},
    {"AppArmor", [](Facts& facts) { facts.namespaces.isRestrictedByAppArmor = true; },
     "problem userns: AppArmor lets no program without a profile use a user namespace, and there "
     "is "
     "none for podman > Install the profile /etc/apparmor.d/podman, or, as root: sysctl "
     "kernel.apparmor_restrict_unprivileged_userns=0.",
     true},
    {"NamespacesForbidden",
     [](Facts& facts) { facts.namespaces.error = "Operation not permitted"; },
     "problem userns: a user namespace cannot be made: Operation not permitted > In a container "
     "its "
     "engine forbids that: run this on the host.",
     true},
    {"NoSession",
     [](Facts& facts) {
         facts.user.runDirectory = "";
         facts.user.ownsRunDirectory = false;
     },
     "warning session: XDG_RUNTIME_DIR is not set, as behind su: podman keeps its state in /tmp > "
     "Log in by ssh, or by machinectl shell user@, rather than by su or sudo.",
     false},
    {"AnothersSession", [](Facts& facts) { facts.user.ownsRunDirectory = false; },
     "warning session: XDG_RUNTIME_DIR is /run/user/1000, which is not user's > Log in by ssh, or "
     "by machinectl shell user@, rather than by su or sudo.",
     false},
    {"NoDriver", [](Facts& facts) { facts.isDriverLoaded = false; },
     "problem nodes: the driver is not loaded > Load it.", true},
    {"NodesOfSomebodyElse", [](Facts& facts) { facts.nodes = {}; },
     "warning nodes: the driver leaves its nodes to others (ModifyDeviceFiles): they are not "
     "looked "
     "at > ",
     false},
    {"NodeMissing", [](Facts& facts) { facts.nodes[1].node.reset(); },
     "problem nodes: /dev/nvidia0 are missing > As root: {command:device create}.", true},
    {"NodesOfADriverContainer",
     [](Facts& facts) { facts.nodes = {{.path = "/dev/nvidia0", .isInDriverRoot = true}}; },
     "problem nodes: /dev/nvidia0 lie in /run/nvidia/driver/dev alone: a node of another path "
     "cannot be given to a container without privileges > As root, on the host: {command:device "
     "create}. A driver container makes them there where the host's /dev is mounted in it.",
     true},
    {"NodeForRoot",
     [](Facts& facts) { facts.nodes = {tests::node("/dev/nvidia0", 0600, 0, false)}; },
     "problem nodes: user may not use /dev/nvidia0: mode 0600, group root > As root, in "
     "/etc/modprobe.d: options nvidia NVreg_DeviceFileMode=0666; load the driver anew.",
     true},
    {"NodesForAnotherGroup",
     [](Facts& facts) {
         facts.nodes = {tests::node("/dev/nvidia0", 0660, tests::kVideo, false),
                        tests::node("/dev/nvidia1", 0660, tests::kVideo, false)};
     },
     "problem nodes: user may not use /dev/nvidia0, /dev/nvidia1: mode 0660, group video > As "
     "root: "
     "usermod --append --groups video user. Then log in anew.",
     true},
    {"NodesForTheirGroupWithCrun", giveToVideo,
     "warning nodes: /dev/nvidia0 may be used by the group video alone: crun keeps a user's groups "
     "where it is told to > Start containers as below, with crun. The nvidia runtime and the "
     "precreate hook say run.oci.keep_original_groups=1 themselves.",
     false},
    {"NodesForTheirGroupWithRunc",
     [](Facts& facts) {
         giveToVideo(facts);
         useRunc(facts);
     },
     "warning nodes: /dev/nvidia0 may be used by the group video alone, and runc drops a user's "
     "groups: opening one in a container would say 'Permission denied' > Start containers as "
     "below, "
     "with crun. The nvidia runtime and the precreate hook say run.oci.keep_original_groups=1 "
     "themselves.",
     false},
    {"NodesForTheirGroupWithoutCrun",
     [](Facts& facts) {
         giveToVideo(facts);
         useRunc(facts);
         facts.podman.hasCrun = false;
     },
     "problem nodes: /dev/nvidia0 may be used by the group video alone, and runc drops a user's "
     "groups: opening one in a container would say 'Permission denied' > Install crun, which keeps "
     "them.",
     true},
    {"Selinux",
     [](Facts& facts) {
         facts.selinux = host::SelinuxMode::Enforcing;
         facts.selinuxObstacle =
             host::Error("SELinux keeps containers from /dev/nvidia0", "Label it.");
     },
     "warning selinux: SELinux keeps containers from /dev/nvidia0 > Label it. Without that a "
     "container has to be started unconfined, as below.",
     false},
    {"NewerSpecification", [](Facts& facts) { facts.specifications = tests::listing("0.6.0"); },
     "warning cdi: /run/cdi/nvidia.yaml is of no use here: cdiVersion: 0.6.0 is newer than 0.5.0, "
     "the newest that it "
     "knows > As root: write the file anew with {command:cdi generate}.",
     true},
    {"OldPodman", [](Facts& facts) { facts.podman.version = "3.4.4"; },
     "warning cdi: /run/cdi/nvidia.yaml is of no use here: podman 3.4.4 reads no CDI "
     "specifications > As root: write "
     "the file anew with {command:cdi generate}.",
     true},
    {"UnreadableSpecification",
     [](Facts& facts) {
         facts.specifications = {.files = {{.path = "/etc/cdi/nvidia.yaml",
                                            .problems = {"cannot open it: Permission denied"}}}};
     },
     "warning cdi: readers drop /etc/cdi/nvidia.yaml: cannot open it: Permission denied > Remove "
     "the "
     "file.",
     true},
    {"UnreadableDirectory",
     [](Facts& facts) {
         facts.specifications = {};
         facts.specificationsError = "cannot read the directory /etc/cdi: Permission denied";
     },
     "warning cdi: cannot read the directory /etc/cdi: Permission denied > As root: chmod 755 the "
     "directory.",
     true},
    {"NoSpecification", [](Facts& facts) { facts.specifications = {}; },
     "warning cdi: no file in /etc/cdi or /var/run/cdi has the GPUs > As root: write one with "
     "{command:cdi generate}.",
     true},
    {"SpecificationThatPodmanDoesNotLookFor",
     [](Facts& facts) {
         facts.specifications = {};
         facts.podman.cdiDirectories = {"/etc/cdi", "/site"};
         facts.unread = tests::listing();
     },
     "warning cdi: podman does not look for CDI files where /run/cdi/nvidia.yaml is, which has the "
     "GPUs > In containers.conf, section [engine]: cdi_spec_dirs = "
     "[\"/etc/cdi\", \"/site\", \"/run/cdi\"].",
     true},
    {"NoDirectoryOfSpecifications",
     [](Facts& facts) {
         facts.specifications = {};
         facts.podman.cdiDirectories = {};
         facts.unread = tests::listing();
     },
     "warning cdi: podman does not look for CDI files where /run/cdi/nvidia.yaml is, which has the "
     "GPUs > In containers.conf, section [engine]: cdi_spec_dirs = "
     "[\"/run/cdi\"].",
     true},
    {"RuntimeThatIsNotThere",
     [](Facts& facts) {
         facts.podman.nvidia = {.name = "nvidia", .program = "/usr/bin/nvidia-container-runtime"};
     },
     "warning nvidia: podman's runtime nvidia is /usr/bin/nvidia-container-runtime, which is not "
     "there > Install driverctl-runtime there, or take the line out of containers.conf.",
     false},
};

const Case kNvidiaCases[] = {
    {"RuntimeThatGoesOnWithNothing", [](Facts& facts) { facts.podman.next = ""; },
     "warning nvidia: podman's runtime nvidia is /usr/bin/nvidia-container-runtime, and finds no "
     "runtime to go on with > Start a container with it: it says why.",
     false},
    {"RuntimeThatGoesOnWithRunc",
     [](Facts& facts) {
         giveToVideo(facts);
         facts.podman.next = "/usr/sbin/runc";
     },
     "warning nvidia: podman's runtime nvidia is /usr/bin/nvidia-container-runtime, and goes on "
     "with /usr/sbin/runc, which drops a user's groups > In NVIDIA's config.toml, section "
     "[nvidia-container-runtime]: runtimes = [\"crun\"].",
     false},
};

class RootlessChecks : public testing::TestWithParam<Case> {};

TEST_P(RootlessChecks, SayWhatIsWrong) {
    auto facts = tests::goodFacts();
    GetParam().change(facts);
    const auto found = complaints(facts);
    ASSERT_THAT(found, testing::SizeIs(GetParam().isProblem ? 2 : 1));
    EXPECT_EQ(found.front(), GetParam().complaint);
    const auto last = checkRootless(facts).back();
    EXPECT_EQ(last.topic, "command");
    EXPECT_EQ(last.severity, GetParam().isProblem ? Severity::Problem : Severity::Good);
}

INSTANTIATE_TEST_SUITE_P(All, RootlessChecks, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(RootlessChecks, SayWhatTheRuntimeNvidiaGoesOnWith) {
    auto good = tests::goodFacts();
    good.podman.nvidia = {
        .name = "nvidia", .program = "/usr/bin/nvidia-container-runtime", .isThere = true};
    good.podman.next = "/usr/bin/crun";
    EXPECT_THAT(complaints(good), IsEmpty());
    for (const auto& test : kNvidiaCases) {
        auto facts = good;
        test.change(facts);
        EXPECT_EQ(complaints(facts).back(), test.complaint);
    }
}

TEST(RootlessChecks, HaveNothingToSayOfAGoodNode) {
    EXPECT_THAT(complaints(tests::goodFacts()), IsEmpty());
}

TEST(RootlessChecks, SayAllProblemsAtOnce) {
    auto facts = tests::goodFacts();
    facts.namespaces.users = {};
    facts.namespaces.groups = {};
    facts.user.subordinateUsers = 0;
    facts.nodes[0].node.reset();
    EXPECT_THAT(complaints(facts), testing::SizeIs(5));
    EXPECT_EQ(complaints(facts).back(), kUnsolved);
}

TEST(RootlessChecks, SayWhereHooksAreAndThatLimitsAreNotNeeded) {
    auto facts = tests::goodFacts();
    facts.podman.hooks = {{.path = "/etc/containers/oci/hooks.d", .isConfigured = true},
                          {.path = "/usr/share/containers/oci/hooks.d"}};
    facts.delegated = {};
    std::vector<std::string> said;
    for (const auto& finding : checkRootless(facts)) {
        if (finding.topic == "hooks" || finding.topic == "cgroups") {
            said.push_back(finding.text);
        }
    }
    EXPECT_THAT(said,
                ElementsAre("no cgroup is delegated: containers have no limits, and GPUs need none",
                            "/etc/containers/oci/hooks.d has a hook for GPUs",
                            "/usr/share/containers/oci/hooks.d has a hook for GPUs, which podman "
                            "reads for an ordinary user only when told to"));
}

} // namespace
} // namespace toolkit::rootless
