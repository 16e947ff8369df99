#include "gpu/device_nodes.h"

#include "host/kernel/character_devices.h"
#include "tests/unit/temporary.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace gpu {
namespace {

constexpr const char* kDevices =
    "Character devices:\n  1 mem\n195 nvidia-frontend\n240 nvidia-uvm\n241 nvidia-uvm-x\n\nBlock "
    "devices:\n  7 loop\n195 nvidia\n";

class DeviceNodes : public testing::Test {
  protected:
    DeviceNodes() {
        proc.write("devices", kDevices);
        proc.write(
            "driver/nvidia/params",
            "ModifyDeviceFiles: 1\nDeviceFileUID: 5\nDeviceFileGID: 6\nDeviceFileMode: 432\n");
        proc.write("driver/nvidia/gpus/0000:01:00.0/information",
                   "Model: \t\t Tesla T4\nDevice Minor: \t 3\nGPU Excluded:\t No\n");
    }
    [[nodiscard]] std::vector<host::DeviceNode> plan() const {
        return planDeviceNodes(proc.path(), "/dev");
    }
    [[nodiscard]] host::DeviceNode node(const std::string& name) const {
        for (const auto& candidate : plan()) {
            if (candidate.path == "/dev/" + name) {
                return candidate;
            }
        }
        ADD_FAILURE() << name << " is missing";
        return {};
    }
    tests::Directory proc;
};

TEST_F(DeviceNodes, FollowTheDriversNumbersAndParameters) {
    EXPECT_EQ(plan().size(), 5U);
    EXPECT_EQ(node("nvidiactl").number, makedev(195, 255));
    EXPECT_EQ(node("nvidia3").number, makedev(195, 3));
    EXPECT_EQ(node("nvidia-modeset").number, makedev(195, 254));
    EXPECT_EQ(node("nvidia3").mode, 0660U);
    EXPECT_EQ(node("nvidia3").owner, 5U);
    EXPECT_EQ(node("nvidia3").group, 6U);
    EXPECT_EQ(node("nvidia-uvm").number, makedev(240, 0));
    EXPECT_EQ(node("nvidia-uvm-tools").number, makedev(240, 1));
    EXPECT_EQ(node("nvidia-uvm").mode, 0666U);
}

TEST_F(DeviceNodes, NewerDriversCallTheMajorNvidia) {
    proc.write("devices", "Character devices:\n195 nvidia\n");
    EXPECT_EQ(node("nvidiactl").number, makedev(195, 255));
    EXPECT_EQ(plan().size(), 3U);
}

TEST_F(DeviceNodes, CapabilitiesAndSwitches) {
    proc.write("devices", "Character devices:\n195 nvidia\n238 nvidia-caps\n239 nvidia-nvswitch\n");
    const std::string capability = "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n";
    proc.write("driver/nvidia/capabilities/mig/config", capability);
    proc.write("driver/nvidia/capabilities/mig/monitor",
               "DeviceFileMinor: 2\nDeviceFileMode: 292\nDeviceFileModify: 0\n");
    proc.write("driver/nvidia-nvswitch/devices/0000:05:00.0/information", "");
    EXPECT_EQ(plan().size(), 6U);
    EXPECT_EQ(node("nvidia-caps/nvidia-cap1").number, makedev(238, 1));
    EXPECT_EQ(node("nvidia-caps/nvidia-cap1").mode, 0400U);
    EXPECT_EQ(node("nvidia-nvswitchctl").number, makedev(239, 255));
    EXPECT_EQ(node("nvidia-nvswitch0").number, makedev(239, 0));
}

TEST_F(DeviceNodes, CharacterLinkIsNamedAfterTheNumber) {
    EXPECT_EQ(characterLink(node("nvidiactl"), "/dev"), "/dev/char/195:255");
}

TEST_F(DeviceNodes, NoneWhereTheDriverIsToldNotTo) {
    proc.write("driver/nvidia/params", "ModifyDeviceFiles: 0\n");
    EXPECT_TRUE(plan().empty());
}

TEST(DeviceNodesWithoutDriver, None) {
    const tests::Directory proc;
    proc.write("devices", "Character devices:\n  1 mem\n");
    EXPECT_TRUE(planDeviceNodes(proc.path(), "/dev").empty());
}

TEST(CharacterDevices, BlockDevicesDoNotCount) {
    EXPECT_EQ(host::parseCharacterDevices(kDevices).count("loop"), 0U);
    EXPECT_EQ(host::parseCharacterDevices(kDevices).count("nvidia"), 0U);
}

} // namespace
} // namespace gpu
