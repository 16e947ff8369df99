#include "loader/loaded_driver.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LoadedDriverTest : public testing::Test {
  protected:
    void load(const std::string& name, int references, const std::vector<std::string>& holders) {
        const auto directory = std::filesystem::path("sys/module") / name;
        node.write(directory / "initstate", "live\n");
        node.write(directory / "refcnt", std::to_string(references) + "\n");
        for (const auto& holder : holders) {
            node.write(directory / "holders" / holder, "");
        }
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
};

TEST_F(LoadedDriverTest, HoldersGoFirst) {
    load("nvidia", 4, {"nvidia_uvm", "gdrdrv", "nvidia_modeset", "nvidia_vgpu_vfio"});
    load("nvidia_vgpu_vfio", 0, {});
    load("nvidia_modeset", 1, {"nvidia_drm"});
    load("nvidia_drm", 0, {});
    load("nvidia_uvm", 1, {"nvidia_fs"}); // not its usual place: the actions says so
    load("nvidia_fs", 0, {});
    load("gdrdrv", 0, {});
    removeLoadedDriver(
        actions, [] {}, roots);
    EXPECT_THAT(actions.calls,
                ElementsAre("remove nvidia_drm", "remove nvidia_fs", "remove nvidia_vgpu_vfio",
                            "remove gdrdrv", "remove nvidia_uvm", "remove nvidia_modeset",
                            "remove nvidia"));
}

TEST_F(LoadedDriverTest, ReferencesThatNobodyExplainsAreInUse) {
    load("nvidia", 2, {});
    EXPECT_THAT(
        [&] {
            removeLoadedDriver(
                actions, [] {}, roots);
        },
        testing::ThrowsMessage<host::Error>(
            HasSubstr("nvidia has 2 references, of somebody who is not visible here")));
    EXPECT_THAT(actions.calls, IsEmpty());
    // Our daemon's own references do not count while it runs.
    EXPECT_TRUE(usersOfDriver({4711}, roots).empty());
}

/// /dev/null (1:3) plays the driver's node; the host's logs tell what the pod is called.
TEST_F(LoadedDriverTest, UsersAreNamedByPod) {
    const std::string uid = "0123abcd-4567-89ab-cdef-0123456789ab";
    node.write("proc/devices", "Character devices:\n  1 nvidia\n");
    node.write("proc/7/comm", "python3\n");
    node.write("proc/7/cgroup", "0::/kubepods/pod" + uid + "/" + std::string(64, 'b') + "\n");
    std::filesystem::create_directories(node.path() / "proc/7/fd");
    std::filesystem::create_symlink("/dev/null", node.path() / "proc/7/fd/3");
    const auto said = [&] { return gpu::describe(usersOfDriver({}, roots)); };
    EXPECT_EQ(said(),
              "process 7 (python3, container bbbbbbbbbbbb, pod " + uid + ") has /dev/null open");

    std::filesystem::create_directories(node.path() / "proc/self/ns");
    std::filesystem::create_symlink("pid:[4026531836]", node.path() / "proc/self/ns/pid");
    node.write("proc/1/root/etc/os-release", "");
    node.write("proc/1/root/var/log/pods/ml_train-0_" + uid + "/main/0.log", "");
    EXPECT_EQ(said(),
              "process 7 (python3, container bbbbbbbbbbbb, pod ml/train-0) has /dev/null open");
}

TEST_F(LoadedDriverTest, RefusalHalfWayIsUndone) {
    load("nvidia", 1, {"nvidia_uvm"});
    load("nvidia_uvm", 0, {});
    actions.failures["remove nvidia"] = EWOULDBLOCK;
    bool back = false;
    try {
        removeLoadedDriver(
            actions, [&] { back = true; }, roots);
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::InUse);
    }
    EXPECT_TRUE(back);
}

TEST_F(LoadedDriverTest, RefusalIsToldBesideWhatIsNotBack) {
    load("nvidia", 1, {"nvidia_uvm"});
    load("nvidia_uvm", 0, {});
    actions.failures["remove nvidia"] = EWOULDBLOCK;
    try {
        removeLoadedDriver(
            actions,
            [] { throw host::Error(host::Fault::Verification, "the package is damaged", "no"); },
            roots);
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::InUse);
        EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("remove nvidia"),
                                                 HasSubstr("the package is damaged")));
        EXPECT_EQ(error.remedy(), "Stop the programs that use the GPU.");
    }
}

/// The containers of a pod end at the same time, nvidia-peermem's and init's.
TEST_F(LoadedDriverTest, ModuleThatSomebodyElseHasJustRemovedIsFine) {
    load("nvidia", 1, {"nvidia_peermem"});
    load("nvidia_peermem", 0, {});
    actions.failures["remove nvidia_peermem"] = ENOENT;
    removeLoadedDriver(
        actions, [] { FAIL() << "nothing is to be put back"; }, roots);
    EXPECT_THAT(actions.calls, ElementsAre("remove nvidia_peermem", "remove nvidia"));
}

TEST_F(LoadedDriverTest, ModuleThatNeverSettlesIsAnError) {
    load("nvidia", 0, {});
    waitUntilSettled(nullptr, std::chrono::milliseconds(200), roots.sys);
    node.write("sys/module/nvidia_uvm/initstate", "coming\n");
    EXPECT_THAT([&] { waitUntilSettled(nullptr, std::chrono::milliseconds(200), roots.sys); },
                testing::ThrowsMessage<host::Error>(HasSubstr("nvidia_uvm is coming")));
}

} // namespace
} // namespace loader
