#include "gpu/pods.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

const std::string kId(64, 'b');
const std::string kOuter(64, 'c');
const std::string kUid = "0123abcd-4567-89ab-cdef-0123456789ab";
const std::string kUidOfSystemd = "0123abcd_4567_89ab_cdef_0123456789ab";
const std::string kUidOfStatic = "0123abcd456789abcdef0123456789ab";

struct Case {
    const char* name;
    std::string cgroup;
    std::string container;
    std::string pod;
};

const Case kCases[] = {
    {"docker, cgroupfs", "0::/docker/" + kId + "\n", "bbbbbbbbbbbb", ""},
    {"docker, systemd", "0::/system.slice/docker-" + kId + ".scope\n", "bbbbbbbbbbbb", ""},
    {"podman, in a podman pod",
     "0::/machine.slice/machine-libpod_pod_" + kOuter + ".slice/libpod-" + kId + ".scope/container",
     "bbbbbbbbbbbb", ""},
    {"containerd, systemd",
     "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + kUidOfSystemd +
         ".slice/cri-containerd-" + kId + ".scope\n",
     "bbbbbbbbbbbb", kUid},
    {"containerd, cgroupfs", "0::/kubepods/burstable/pod" + kUid + "/" + kId + "\n", "bbbbbbbbbbbb",
     kUid},
    {"CRI-O, systemd, with a cgroup of crun's",
     "0::/kubepods.slice/kubepods-pod" + kUidOfSystemd + ".slice/crio-" + kId +
         ".scope/container\n",
     "bbbbbbbbbbbb", kUid},
    {"CRI-O, cgroupfs", "0::/kubepods/pod" + kUid + "/crio-" + kId + "\n", "bbbbbbbbbbbb", kUid},
    {"a static pod", "0::/kubepods/burstable/pod" + kUidOfStatic + "/" + kId + "\n", "bbbbbbbbbbbb",
     kUidOfStatic},
    {"seen from a cgroup namespace", "0::/../../pod" + kUid + "/" + kId + "\n", "bbbbbbbbbbbb",
     kUid},
    {"v1: not every hierarchy has it",
     "12:misc:/\n11:pids:/kubepods/pod" + kUid + "/" + kId + "\n1:name=systemd:/kubepods/pod" +
         kUid + "/" + kId + "\n0::/system.slice/x.service\n",
     "bbbbbbbbbbbb", kUid},
    {"kind: a node that is a container",
     "0::/docker/" + kOuter + "/kubelet/kubepods/pod" + kUid + "/" + kId + "\n", "bbbbbbbbbbbb",
     kUid},
    {"no container", "0::/user.slice\n", "", ""},
    {"too long for a UID", "0::/pod" + kUidOfStatic + "0\n", "", ""},
    {"a process that ended", "", "", ""},
};

TEST(Pods, CgroupTellsContainerAndPod) {
    for (const Case& one : kCases) {
        SCOPED_TRACE(one.name);
        EXPECT_EQ(containerOf(one.cgroup), one.container);
        EXPECT_EQ(podOf(one.cgroup), one.pod);
    }
}

TEST(Pods, LogDirectoriesTellNames) {
    tests::Directory host;
    const std::filesystem::path logs = "var/log/pods";
    host.write(logs / ("ml_train-0_" + kUid) / "main/0.log", "");
    host.write(logs / ("kube-system_etcd-node.1_" + kUidOfStatic) / "etcd/0.log", "");
    host.write(logs / "nothing-of-kubelet/0.log", "");
    host.write(logs / "ns_a\x1b[2J_uid/x/0.log", "");
    EXPECT_THAT(podNames(host.path()),
                UnorderedElementsAre(Pair(kUid, "ml/train-0"),
                                     Pair(kUidOfStatic, "kube-system/etcd-node.1"),
                                     Pair("uid", "ns/a\\u001b[2J")));
}

/// As where /var/log lies on another disk: an absolute link means the host's root.
TEST(Pods, LogDirectoriesMayBeALink) {
    tests::Directory host;
    host.write("data/pods/ml_train-0_" + kUid + "/main/0.log", "");
    std::filesystem::create_directories(host.path() / "var/log");
    std::filesystem::create_symlink("/data/pods", host.path() / "var/log/pods");
    EXPECT_THAT(podNames(host.path()), UnorderedElementsAre(Pair(kUid, "ml/train-0")));
}

TEST(Pods, NamesAreDoneWithout) {
    tests::Directory host;
    EXPECT_THAT(podNames(host.path()), IsEmpty());
    EXPECT_THAT(podNames(host.path() / "missing"), IsEmpty());
}

} // namespace
} // namespace gpu
