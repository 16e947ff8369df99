#include "toolkit/selinux/driver_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::selinux {
namespace {

using enum PathKind;

TEST(DriverPaths, AreOnTheHostAndOnce) {
    Inventory inventory;
    inventory.driverRoot = "/run/nvidia/driver";
    inventory.controlNodes = {"/dev/nvidiactl"};
    inventory.gpuNodes = {"/dev/nvidia0"};
    inventory.imexChannels = {"/dev/nvidia-caps-imex-channels/channel0"};
    const CapabilityNode instance{.access = "/proc/driver/nvidia/capabilities/gpu0/mig/gi1/access",
                                  .node = "/dev/nvidia-caps/nvidia-cap3"};
    inventory.migAccess = {{.gpu = 0, .mig = 0, .gpuInstance = instance, .computeInstance = {}},
                           {.gpu = 0, .mig = 1, .gpuInstance = instance, .computeInstance = {}}};
    for (auto& access : inventory.migAccess) {
        access.computeInstance = instance;
    }
    inventory.migConfig =
        CapabilityNode{.access = "/proc/driver/nvidia/capabilities/mig/config", .node = {}};
    inventory.binaries = {{{"/usr/bin/nvidia-smi", {}}, "/usr/bin/nvidia-smi"}};
    inventory.libraries = {{{"/usr/lib/libcuda.so.1", {}}, false, {}}};
    inventory.sockets = {{"/run/nvidia-persistenced/socket", {}}};
    inventory.firmware = {"/lib/firmware/nvidia/gsp.bin"};
    inventory.configFiles = {{"/usr/share/nvidia/a.json", "/etc/a.json"}};
    const std::string root = "/run/nvidia/driver";
    EXPECT_THAT(driverPaths(inventory),
                testing::ElementsAre(
                    DriverPath{Node, "/dev/nvidiactl"}, DriverPath{Node, "/dev/nvidia0"},
                    DriverPath{Node, "/dev/nvidia-caps-imex-channels/channel0"},
                    DriverPath{Capability, instance.access}, DriverPath{Node, instance.node},
                    DriverPath{Capability, inventory.migConfig->access},
                    DriverPath{Binary, root + "/usr/bin/nvidia-smi"},
                    DriverPath{Library, root + "/usr/lib/libcuda.so.1"},
                    DriverPath{Socket, root + "/run/nvidia-persistenced/socket"},
                    DriverPath{Data, root + "/lib/firmware/nvidia/gsp.bin"},
                    DriverPath{Data, root + "/usr/share/nvidia/a.json"}));
}

TEST(DriverPaths, NodesLieBelowTheDeviceRoot) {
    Inventory inventory;
    inventory.devRoot = "/run/nvidia/driver";
    inventory.gpuNodes = {"/dev/nvidia0"};
    EXPECT_THAT(driverPaths(inventory),
                testing::ElementsAre(DriverPath{Node, "/run/nvidia/driver/dev/nvidia0"}));
}

} // namespace
} // namespace toolkit::selinux
