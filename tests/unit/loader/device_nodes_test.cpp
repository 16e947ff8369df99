#include "loader/device_nodes.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeviceNodesTest : public testing::Test {
  protected:
    DeviceNodesTest() {
        node.write("proc/devices", "Character devices:\n195 nvidia\n");
        node.write("proc/driver/nvidia/params", "ModifyDeviceFiles: 1\n");
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    host::Roots roots = actions.roots();
    DeviceNodes nodes{actions, roots.dev, roots.proc};
};

TEST_F(DeviceNodesTest, MakesNodesAndLinksAndTakesThemAway) {
    EXPECT_THAT(nodes.make(), ElementsAre(roots.dev / "nvidiactl", roots.dev / "nvidia-modeset"));
    EXPECT_EQ(std::filesystem::read_symlink(roots.dev / "char/195:255"), "../nvidiactl");
    actions.calls.clear();
    nodes.remove();
    EXPECT_THAT(actions.calls, ElementsAre("unlink dev/char/195:254", "unlink dev/nvidia-modeset",
                                           "unlink dev/char/195:255", "unlink dev/nvidiactl"));
    actions.calls.clear();
    nodes.remove();
    EXPECT_THAT(actions.calls, IsEmpty());
}

TEST_F(DeviceNodesTest, LeavesWhatWasThere) {
    node.write("dev/nvidiactl", "");
    std::filesystem::create_directories(roots.dev / "char");
    std::filesystem::create_symlink("../nvidia-modeset", roots.dev / "char/195:254");
    std::filesystem::create_symlink("../something", roots.dev / "char/195:255");
    EXPECT_EQ(nodes.make().size(), 2U) << "what is needed, whoever made it";
    EXPECT_EQ(std::filesystem::read_symlink(roots.dev / "char/195:255"), "../nvidiactl");
    actions.calls.clear();
    nodes.remove();
    EXPECT_THAT(actions.calls, ElementsAre("unlink dev/nvidia-modeset", "unlink dev/char/195:255"));
}

TEST_F(DeviceNodesTest, WhatIsMadeHalfWayIsTakenAway) {
    actions.failures["make link dev/char/195:254"] = EROFS;
    EXPECT_THROW(nodes.make(), host::Error);
    nodes.remove();
    EXPECT_TRUE(std::filesystem::is_empty(roots.dev / "char"));
    EXPECT_FALSE(std::filesystem::exists(roots.dev / "nvidiactl"));
}

} // namespace
} // namespace loader
