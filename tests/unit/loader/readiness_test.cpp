#include "loader/readiness.h"

#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A node that is ready, and what can be taken from it.
class ReadinessTest : public testing::Test {
  protected:
    ReadinessTest() {
        node.write("proc/sys/kernel/random/boot_id", "boot\n");
        node.write("proc/7/stat", "7 (init) S 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 42 0\n");
        node.write("sys/module/nvidia/initstate", "live\n");
        node.write("sys/module/nvidia/version", "535.1\n");
        node.write("sys/module/firmware_class/parameters/path", root.firmware().string() + "\n");
        node.write("run/nvidia/driver/lib/firmware/nvidia/535.1/gsp.bin", "");
        actions.mount(root.path());
        state.bootId = "boot";
        state.process = {.pid = 7, .startTime = 42};
        state.phase = Phase::Ready;
        state.driver = "535.1";
        state.modules = {{"nvidia", ""}};
        state.nodes = {"/dev/null"}; // a character device that there is
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        return reasonsNotReady(Persistence::Required, root, state, roots);
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    DriverRoot root{roots.run / "nvidia", actions, roots};
    NodeState state;
};

TEST_F(ReadinessTest, ReadyWhenAllIsThere) {
    EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(ReadinessTest, NobodyHasRun) {
    EXPECT_THAT(reasonsNotReady(Persistence::Required, root, std::nullopt, roots),
                ElementsAre("no init has run on this node"));
}

TEST_F(ReadinessTest, AnInitThatIsAtWorkSaysWhere) {
    state.phase = Phase::Starting;
    state.steps = {{"load the kernel modules", 0, 0, "running"}};
    EXPECT_THAT(reasons(), ElementsAre("init is starting, at: load the kernel modules"));
}

TEST_F(ReadinessTest, EverythingThatIsMissingIsNamed) {
    std::filesystem::remove_all(roots.proc / "7");
    node.write("sys/module/nvidia/version", "570.2\n");
    node.write("sys/module/firmware_class/parameters/path", "/theirs\n");
    std::filesystem::remove_all(roots.run / "nvidia/driver/lib/firmware/nvidia");
    state.modules.push_back({"nvidia-uvm", ""});
    state.nodes.emplace_back("/dev/there-is-none");
    state.containerFiles = {"/proc/version", "/proc/there-is-none.json"};
    state.daemons = {{"nvidia-persistenced", {8, 1}, 0}, {"nvidia-gridd", {9, 1}, 0}};
    EXPECT_THAT(
        reasons(),
        ElementsAre("init (pid 7) does not run any more",
                    "module nvidia has version 570.2, not 535.1", "module nvidia-uvm is not loaded",
                    "device node /dev/there-is-none is missing", "nvidia-persistenced does not run",
                    "nvidia-gridd does not run",
                    "the kernel's firmware path is '/theirs', not " + root.firmware().string(),
                    "the driver root holds no firmware of driver 535.1",
                    "/proc/there-is-none.json, which tells containers, is missing"));
}

TEST_F(ReadinessTest, WhatIsOptionalOrForeignIsNoReason) {
    node.write("sys/module/firmware_class/parameters/path", "/theirs\n");
    state.foreignFirmwarePath = "/theirs";
    state.daemons = {{"nvidia-persistenced", {8, 1}, 0}};
    EXPECT_THAT(reasonsNotReady(Persistence::Optional, root, state, roots), IsEmpty());
}

TEST_F(ReadinessTest, WithoutTheRootNothingInItIsLookedFor) {
    root.unmount();
    EXPECT_THAT(reasons(),
                ElementsAre("the driver root " + root.path().string() + " is not mounted"));
}

} // namespace
} // namespace loader
