#include "toolkit/inventory/driver_nodes.h"

#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DriverNodes : public testing::Test {
  protected:
    [[nodiscard]] Inventory find(std::vector<gpu::Gpu> gpus = {}) const {
        Inventory inventory;
        inventory.gpus = std::move(gpus);
        findNodes(inventory, tree.roots(),
                  [](const std::filesystem::path& path) { return exists(path); });
        return inventory;
    }
    tests::DriverTree tree;
};

TEST_F(DriverNodes, AreThoseThatAreThere) {
    for (const char* node : {"/dev/nvidia-modeset", "/dev/nvidiactl", "/dev/nvidia1"}) {
        tree.file(node);
    }
    const auto inventory = find({{.index = 0, .minor = 1, .drmNodes = {"/dev/dri/card1"}},
                                 {.index = 1, .minor = 0},
                                 {.index = 2}});
    EXPECT_THAT(inventory.controlNodes, ElementsAre("/dev/nvidiactl", "/dev/nvidia-modeset"));
    EXPECT_THAT(inventory.gpuNodes, ElementsAre("/dev/nvidia1"));
    EXPECT_THAT(inventory.gpus[0].drmNodes, IsEmpty());
    EXPECT_EQ(inventory.migConfig, std::nullopt);
}

TEST_F(DriverNodes, MigDevicesHaveTheNodesOfTheirInstances) {
    tree.file("/proc/driver/nvidia-caps/mig-minors",
              "config 1\nmonitor 2\ngpu3/gi1/access 12\ngpu3/gi1/ci0/access 13\n");
    tree.file("/proc/driver/nvidia/capabilities/mig/config");
    for (const char* node : {"/dev/nvidia-caps/nvidia-cap12", "/dev/nvidia-caps/nvidia-cap13",
                             "/dev/nvidia-caps/nvidia-cap1"}) {
        tree.file(node);
    }
    const auto inventory = find(
        {{.index = 0, .minor = 3, .migs = {{.gpuInstance = 1}, {.index = 1, .gpuInstance = 2}}}});
    ASSERT_EQ(inventory.migAccess.size(), 2U);
    const MigAccess& first = inventory.migAccess[0];
    EXPECT_EQ(first.gpuInstance.access, "/proc/driver/nvidia/capabilities/gpu3/mig/gi1/access");
    EXPECT_EQ(first.gpuInstance.node, "/dev/nvidia-caps/nvidia-cap12");
    EXPECT_EQ(first.computeInstance.access,
              "/proc/driver/nvidia/capabilities/gpu3/mig/gi1/ci0/access");
    EXPECT_EQ(first.computeInstance.node, "/dev/nvidia-caps/nvidia-cap13");
    EXPECT_EQ(inventory.migAccess[1].mig, 1U);
    EXPECT_EQ(inventory.migAccess[1].gpuInstance.node, "");
    ASSERT_TRUE(inventory.migConfig);
    EXPECT_EQ(inventory.migConfig->access, "/proc/driver/nvidia/capabilities/mig/config");
    EXPECT_EQ(inventory.migConfig->node, "/dev/nvidia-caps/nvidia-cap1");
    EXPECT_FALSE(inventory.migMonitor);
}

TEST_F(DriverNodes, ImexChannelsAreInTheOrderOfTheirNumbers) {
    for (const char* channel : {"channel10", "channel2", "channel", "other"}) {
        tree.file("/dev/nvidia-caps-imex-channels/" + std::string(channel));
    }
    EXPECT_THAT(find().imexChannels, ElementsAre("/dev/nvidia-caps-imex-channels/channel2",
                                                 "/dev/nvidia-caps-imex-channels/channel10"));
}

TEST(CharacterDevice, IsNoOtherFile) {
    EXPECT_TRUE(isCharacterDevice("/dev/null"));
    EXPECT_FALSE(isCharacterDevice("/dev"));
    EXPECT_FALSE(isCharacterDevice("/dev/none"));
}

} // namespace
} // namespace toolkit
