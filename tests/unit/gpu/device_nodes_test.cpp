#include "gpu/device_nodes.h"

#include "host/base/error.h"
#include "host/kernel/character_devices.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

namespace gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kDevices =
    "Character devices:\n  1 mem\n195 nvidia-frontend\n240 nvidia-uvm\n241 nvidia-uvm-x\n\nBlock "
    "devices:\n  7 loop\n195 nvidia\n";

constexpr const char* kEverything =
    "Character devices:\n195 nvidia\n236 nvidia-caps-imex-channels\n237 nvidia-nvlink\n"
    "238 nvidia-caps\n239 nvidia-nvswitch\n240 nvidia-uvm\n";

class DeviceNodes : public testing::Test {
  protected:
    DeviceNodes() {
        proc.write("devices", kDevices);
        proc.write("driver/nvidia/params",
                   "ModifyDeviceFiles: 1\nDeviceFileUID: 5\nDeviceFileGID: 6\n"
                   "DeviceFileMode: 432\nCreateImexChannel0: 0\n");
        proc.write("driver/nvidia/gpus/0000:01:00.0/information",
                   "Model: \t\t Tesla T4\nDevice Minor: \t 3\nGPU Excluded:\t No\n");
        proc.write("driver/nvidia/gpus/0000:02:00.0/information", "Device Minor: \t 0\n");
    }
    /// With a driver that has everything.
    void writeEverything() {
        proc.write("devices", kEverything);
        proc.write("driver/nvidia/capabilities/mig/config",
                   "DeviceFileMinor: 1\nDeviceFileMode: 256\nDeviceFileModify: 1\n");
        proc.write("driver/nvidia/capabilities/mig/monitor",
                   "DeviceFileMinor: 2\nDeviceFileMode: 292\nDeviceFileModify: 0\n");
        proc.write("driver/nvidia/capabilities/gpu0/mig/gi1/access",
                   "DeviceFileMinor: 12\nDeviceFileMode: 292\nDeviceFileModify: 1\n");
        proc.write("driver/nvidia-nvswitch/devices/0000:05:00.0/information", "");
        proc.write("driver/nvidia-nvswitch/permissions",
                   "DeviceFileMode: 384\nDeviceFileModify: 1\n");
        proc.write("driver/nvidia-nvlink/permissions", "DeviceFileMode: 438\n");
    }
    /// "nvidia3 195:3 660 5:6" each.
    [[nodiscard]] std::vector<std::string> plan(const NodeSelection& selection = {}) const {
        std::vector<std::string> lines;
        for (const auto& node : planDeviceNodes(selection, proc.path(), "/dev")) {
            lines.push_back(fmt::format(
                "{} {}:{} {:o} {}:{}", node.path.lexically_relative("/dev").string(),
                major(node.number), minor(node.number), node.mode, node.owner, node.group));
        }
        return lines;
    }
    tests::Directory proc;
};

TEST_F(DeviceNodes, FollowTheDriversNumbersAndParameters) {
    EXPECT_THAT(plan(), ElementsAre("nvidiactl 195:255 660 5:6", "nvidia-modeset 195:254 660 5:6",
                                    "nvidia0 195:0 660 5:6", "nvidia3 195:3 660 5:6",
                                    "nvidia-uvm 240:0 666 0:0", "nvidia-uvm-tools 240:1 666 0:0"));
}

TEST_F(DeviceNodes, OfEachKind) {
    writeEverything();
    using enum NodeKind;
    struct Case {
        NodeSelection selection;
        std::vector<std::string> nodes;
    };
    const Case cases[] = {
        {{.kinds = {Control}}, {"nvidiactl 195:255 660 5:6"}},
        {{.kinds = {Modeset}}, {"nvidia-modeset 195:254 660 5:6"}},
        {{.kinds = {Gpu}}, {"nvidia0 195:0 660 5:6", "nvidia3 195:3 660 5:6"}},
        {{.kinds = {Gpu}, .minors = {3, 9}}, {"nvidia3 195:3 660 5:6"}},
        {{.kinds = {Uvm}, .minors = {0}},
         {"nvidia-uvm 240:0 666 0:0", "nvidia-uvm-tools 240:1 666 0:0"}},
        {{.kinds = {Capability}},
         {"nvidia-caps/nvidia-cap1 238:1 400 0:0", "nvidia-caps/nvidia-cap12 238:12 444 0:0"}},
        {{.kinds = {Capability},
          .capabilityFiles = {proc.path() / "driver/nvidia/capabilities/mig/config"}},
         {"nvidia-caps/nvidia-cap1 238:1 400 0:0"}},
        {{.kinds = {Imex}}, {}},
        {{.kinds = {Imex}, .imexChannels = {0, 7}},
         {"nvidia-caps-imex-channels/channel0 236:0 660 5:6",
          "nvidia-caps-imex-channels/channel7 236:7 660 5:6"}},
        {{.kinds = {Switch}},
         {"nvidia-nvswitchctl 239:255 600 0:0", "nvidia-nvswitch0 239:0 600 0:0"}},
        {{.kinds = {Link}}, {"nvidia-nvlink 237:0 666 0:0"}},
        {{.kinds = {}}, {}},
    };
    std::size_t sum = 0;
    for (const auto& [selection, nodes] : cases) {
        EXPECT_EQ(plan(selection), nodes);
    }
    for (const NodeKind kind : kNodeKinds) {
        sum += plan({.kinds = {kind}}).size();
    }
    EXPECT_EQ(plan().size(), sum);
}

TEST_F(DeviceNodes, TheDriverMayAskForChannelZero) {
    writeEverything();
    proc.write("driver/nvidia/params", "ModifyDeviceFiles: 1\nCreateImexChannel0: 1\n");
    EXPECT_THAT(plan({.kinds = {NodeKind::Imex}}),
                ElementsAre("nvidia-caps-imex-channels/channel0 236:0 666 0:0"));
}

/// What the driver keeps for itself stays as it is; each kind has its own say, uvm has none.
TEST_F(DeviceNodes, NoneThatTheDriverForbidsToManage) {
    writeEverything();
    proc.write("driver/nvidia/params", "ModifyDeviceFiles: 0\n");
    EXPECT_THAT(plan({.imexChannels = {0}}),
                ElementsAre("nvidia-uvm 240:0 666 0:0", "nvidia-uvm-tools 240:1 666 0:0",
                            "nvidia-caps/nvidia-cap1 238:1 400 0:0",
                            "nvidia-caps/nvidia-cap12 238:12 444 0:0",
                            "nvidia-nvswitchctl 239:255 600 0:0", "nvidia-nvswitch0 239:0 600 0:0",
                            "nvidia-nvlink 237:0 666 0:0"));
    proc.write("driver/nvidia-nvswitch/permissions", "DeviceFileModify: 0\n");
    EXPECT_THAT(plan({.kinds = {NodeKind::Switch}}), IsEmpty());
}

TEST_F(DeviceNodes, CharacterLinkIsNamedAfterTheNumber) {
    const auto nodes = planDeviceNodes({}, proc.path(), proc.path() / "dev");
    const auto link = characterLink(nodes.front(), proc.path() / "dev");
    EXPECT_EQ(link, (DeviceLink{proc.path() / "dev/char/195:255", "../nvidiactl"}));
    EXPECT_FALSE(isThere(link));
    std::filesystem::create_directories(proc.path() / "dev/char");
    std::filesystem::create_symlink("../nvidiactl", link.link);
    EXPECT_TRUE(isThere(link));
}

TEST(DeviceNodesWithoutDriver, None) {
    const tests::Directory proc;
    proc.write("devices", "Character devices:\n  1 mem\n");
    EXPECT_THAT(planDeviceNodes({}, proc.path(), "/dev"), IsEmpty());
}

TEST(ImexChannels, AreNumbersOrRanges) {
    EXPECT_EQ(imexChannels({}), std::set<unsigned>{});
    EXPECT_EQ(imexChannels({"0:3", "2", "7"}), (std::set<unsigned>{0, 1, 2, 7}));
    for (const char* wrong :
         {"", "a", "-1", "0:", "0:0", ":1", "1:2:3", "4294967295:2", "65536", "0:65537", "0-3"}) {
        EXPECT_THROW(imexChannels({wrong}), host::Error) << wrong;
    }
}

TEST(CharacterDevices, BlockDevicesDoNotCount) {
    EXPECT_EQ(host::parseCharacterDevices(kDevices).count("loop"), 0U);
    EXPECT_EQ(host::parseCharacterDevices(kDevices).count("nvidia"), 0U);
}

} // namespace
} // namespace gpu
