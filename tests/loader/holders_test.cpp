#include "loader/holders.h"

#include "tests/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

class HoldersTest : public testing::Test {
  protected:
    void process(int pid, const std::string& target, const std::string& maps = "") const {
        const std::string directory = std::to_string(pid);
        proc.write(directory + "/comm", "python3\n");
        proc.write(directory + "/cgroup",
                   "0::/system.slice/docker-" + std::string(64, 'a') + ".scope\n");
        proc.write(directory + "/maps", maps);
        std::filesystem::create_directories(proc.path() / directory / "fd");
        std::filesystem::create_symlink(target, proc.path() / directory / "fd/3");
    }
    tests::Directory proc;
    tests::Directory sys;
};

TEST_F(HoldersTest, FindsOpenAndMappedNodes) {
    process(10, "/dev/nvidia0");
    process(20, "/dev/null", "7f00-7f01 rw-s 00000000 00:05 12 /dev/nvidiactl\n");
    process(30, "/dev/null");
    process(40, "/dev/nvidiactl");
    proc.write("self/comm", "x");
    const Holders holders = findHolders({}, {40}, proc.path(), sys.path());
    ASSERT_EQ(holders.processes.size(), 2U);
    EXPECT_EQ(holders.processes[0].node, "/dev/nvidia0");
    EXPECT_EQ(holders.processes[1].node, "/dev/nvidiactl");
    EXPECT_EQ(describe(holders),
              "process 10 (python3, container aaaaaaaaaaaa) has /dev/nvidia0 open, "
              "process 20 (python3, container aaaaaaaaaaaa) has /dev/nvidiactl open");
}

/// As it looks when the driver root that the node was opened in is unmounted: here /dev/null plays
/// the node, under a name that says nothing.
TEST_F(HoldersTest, FindsANodeByItsNumber) {
    process(10, "/dev/null");
    EXPECT_TRUE(findHolders({}, {}, proc.path(), sys.path()).empty());
    proc.write("devices", "Character devices:\n  1 nvidia\n");
    EXPECT_EQ(describe(findHolders({}, {}, proc.path(), sys.path())),
              "process 10 (python3, container aaaaaaaaaaaa) has /dev/null open");
}

TEST_F(HoldersTest, NamesForeignModules) {
    sys.write("module/nvidia/initstate", "live\n");
    sys.write("module/nvidia/holders/gdrdrv", "");
    sys.write("module/nvidia/holders/nvidia_uvm", "");
    const Holders holders = findHolders({"nvidia", "nvidia_uvm"}, {}, proc.path(), sys.path());
    EXPECT_EQ(describe(holders), "module gdrdrv (uses nvidia)");
}

TEST_F(HoldersTest, NobodyIsEmpty) {
    EXPECT_TRUE(findHolders({"nvidia"}, {}, proc.path(), sys.path()).empty());
}

TEST(ContainerOf, KnowsTheIdInAnyDecoration) {
    const std::string id(64, 'b');
    for (const auto& path :
         {"0::/docker/" + id, "0::/kubepods/pod1/cri-containerd-" + id + ".scope",
          "0::/crio-" + id}) {
        EXPECT_EQ(containerOf(path), "bbbbbbbbbbbb") << path;
    }
    EXPECT_EQ(containerOf("0::/user.slice"), "");
}

TEST(PodOf, KnowsTheUidAsBothCgroupDriversWriteIt) {
    const std::string uid = "0123abcd-4567-89ab-cdef-0123456789ab";
    EXPECT_EQ(podOf("0::/kubepods/burstable/pod" + uid + "/" + std::string(64, 'c')), uid);
    EXPECT_EQ(podOf("0::/kubepods.slice/kubepods-besteffort.slice/"
                    "kubepods-besteffort-pod0123abcd_4567_89ab_cdef_0123456789ab.slice/x.scope"),
              uid);
    EXPECT_EQ(podOf("0::/docker/" + std::string(64, 'c')), "");
}

} // namespace
} // namespace loader
