#include "toolkit/edits/driver_edits.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/edits/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

using Texts = std::vector<std::string>;

Texts nodesOf(const ContainerEdits& edits) {
    Texts nodes;
    for (const auto& node : edits.deviceNodes) {
        nodes.push_back(node.path);
    }
    return nodes;
}

Texts targetsOf(const ContainerEdits& edits) {
    Texts targets;
    for (const auto& mount : edits.mounts) {
        targets.push_back(mount.containerPath);
    }
    return targets;
}

Texts hooksOf(const ContainerEdits& edits) {
    Texts hooks;
    for (const auto& hook : edits.hooks) {
        std::string line;
        for (const auto& arg : hook.args) {
            line += (line.empty() ? "" : " ") + arg;
        }
        hooks.push_back(line);
    }
    return hooks;
}

TEST(DriverEdits, WithAllCapabilitiesAreAllThatTheDriverHas) {
    const auto edits = driverEdits(tests::sampleInventory(), {});
    EXPECT_THAT(edits.env, ElementsAre("NVIDIA_VISIBLE_DEVICES=void",
                                       "NVIDIA_CTK_LIBCUDA_DIR=/usr/lib/x86_64-linux-gnu"));
    EXPECT_THAT(nodesOf(edits), ElementsAre("/dev/nvidiactl", "/dev/nvidia-uvm",
                                            "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset"));
    EXPECT_THAT(targetsOf(edits),
                ElementsAre("/usr/bin/nvidia-smi", "/usr/bin/nvidia-cuda-mps-server",
                            "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.535.261.03",
                            "/usr/lib/x86_64-linux-gnu/libcuda.so.535.261.03",
                            "/usr/lib/x86_64-linux-gnu/libnvcuvid.so.535.261.03",
                            "/usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.535.261.03",
                            "/usr/lib/x86_64-linux-gnu/libnvidia-egl-gbm.so.535.261.03",
                            "/usr/lib/i386-linux-gnu/libcuda.so.535.261.03",
                            "/run/nvidia-persistenced/socket", "/etc/OpenCL/vendors/nvidia.icd",
                            "/usr/share/glvnd/egl_vendor.d/10_nvidia.json",
                            "/lib/firmware/nvidia/535.261.03/gsp_tu10x.bin"));
}

TEST(DriverEdits, HooksAreInTheOrderInWhichTheyHaveToRun) {
    const auto edits = driverEdits(tests::sampleInventory(), {.hookProgram = "/opt/hook"});
    EXPECT_THAT(
        hooksOf(edits),
        ElementsAre(
            "driverctl-hook create-symlinks"
            " --link libnvidia-ml.so.535.261.03::/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1"
            " --link libcuda.so.535.261.03::/usr/lib/x86_64-linux-gnu/libcuda.so.1"
            " --link libcuda.so.1::/usr/lib/x86_64-linux-gnu/libcuda.so",
            "driverctl-hook enable-cuda-compat --host-driver-version 535.261.03"
            " --host-cuda-version 12.2",
            "driverctl-hook update-ldcache --folder /usr/lib/i386-linux-gnu"
            " --folder /usr/lib/x86_64-linux-gnu",
            "driverctl-hook disable-device-node-modification"));
    for (const auto& hook : edits.hooks) {
        EXPECT_EQ(hook.stage, "createContainer");
        EXPECT_EQ(hook.path, "/opt/hook");
        EXPECT_THAT(hook.env, Not(IsEmpty()));
    }
}

TEST(DriverEdits, SourcesKeepTheRootsAndTargetsAreWithoutThem) {
    auto inventory = tests::sampleInventory();
    inventory.devRoot = "/run/nvidia/driver/";
    const auto edits = driverEdits(inventory, {});
    const Texts file = {"ro", "nosuid", "nodev", "rbind", "rprivate"};
    const Texts socket = {"nosuid", "nodev", "noexec", "rbind", "rprivate"};
    EXPECT_THAT(edits.mounts, Contains(MountEdit{"/run/nvidia/driver/usr/bin/nvidia-smi",
                                                 "/usr/bin/nvidia-smi", file}));
    EXPECT_THAT(edits.mounts,
                Contains(MountEdit{"/run/nvidia/driver/run/nvidia-persistenced/socket",
                                   "/run/nvidia-persistenced/socket", socket}));
    EXPECT_THAT(edits.mounts,
                Contains(MountEdit{"/run/nvidia/driver/etc/glvnd/egl_vendor.d/10_nvidia.json",
                                   "/usr/share/glvnd/egl_vendor.d/10_nvidia.json", file}));
    EXPECT_THAT(edits.deviceNodes,
                Contains(DeviceNodeEdit{"/dev/nvidiactl", "/run/nvidia/driver/dev/nvidiactl"}));
    inventory.devRoot = "/";
    EXPECT_THAT(driverEdits(inventory, {}).deviceNodes,
                Contains(DeviceNodeEdit{"/dev/nvidiactl", ""}));
}

TEST(DriverEdits, CapabilitiesSayWhatComes) {
    struct Case {
        Capabilities capabilities;
        Texts nodes;
        Texts files; ///< names, without those that always come
    };
    const Case cases[] = {
        {{}, {"nvidiactl"}, {}},
        {{Capability::Utility},
         {"nvidiactl"},
         {"nvidia-smi", "libnvidia-ml.so.535.261.03", "socket"}},
        {{Capability::Compute},
         {"nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"},
         {"nvidia-cuda-mps-server", "libcuda.so.535.261.03", "nvidia.icd"}},
        {{Capability::Video},
         {"nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"},
         {"nvidia-cuda-mps-server", "libcuda.so.535.261.03", "libnvcuvid.so.535.261.03",
          "nvidia.icd"}},
        {{Capability::Display},
         {"nvidiactl", "nvidia-modeset"},
         {"libnvidia-glcore.so.535.261.03", "10_nvidia.json"}},
        {{Capability::Compat32}, {"nvidiactl"}, {}},
        {{Capability::Compat32, Capability::Compute},
         {"nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"},
         {"nvidia-cuda-mps-server", "libcuda.so.535.261.03", "libcuda.so.535.261.03",
          "nvidia.icd"}},
    };
    for (const auto& [capabilities, nodes, files] : cases) {
        const auto edits = driverEdits(tests::sampleInventory(), {.capabilities = capabilities});
        Texts foundNodes;
        for (const auto& node : edits.deviceNodes) {
            foundNodes.push_back(node.path.filename());
        }
        EXPECT_EQ(foundNodes, nodes);
        Texts expected = files;
        expected.insert(expected.end(), {"libnvidia-egl-gbm.so.535.261.03", "gsp_tu10x.bin"});
        Texts found;
        for (const auto& mount : edits.mounts) {
            found.push_back(mount.containerPath.filename());
        }
        EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
    }
}

TEST(DriverEdits, ADriverWithoutLibrariesNeedsNoCache) {
    auto inventory = tests::sampleInventory();
    inventory.libraries.clear();
    const auto edits = driverEdits(inventory, {});
    EXPECT_THAT(hooksOf(edits), ElementsAre("driverctl-hook disable-device-node-modification"));
    EXPECT_THAT(edits.env, ElementsAre("NVIDIA_VISIBLE_DEVICES=void"));
}

TEST(DriverEdits, TheDirectoryOfLibcudaIsTheFirstThatHasOne) {
    auto inventory = tests::sampleInventory();
    inventory.libraries.push_back(
        {{"/opt/lib/libcuda.so.535.261.03", Capability::Compute}, false, {}});
    EXPECT_THAT(driverEdits(inventory, {}).env,
                Contains("NVIDIA_CTK_LIBCUDA_DIR=/usr/lib/x86_64-linux-gnu"));
}

TEST(DriverEdits, OfTwoFilesForOnePlaceTheFirstCounts) {
    auto inventory = tests::sampleInventory();
    inventory.configFiles = {
        {"/etc/vulkan/icd.d/nvidia_icd.json", "/etc/vulkan/icd.d/nvidia_icd.json"},
        {"/usr/share/vulkan/icd.d/nvidia_icd.json", "/etc/vulkan/icd.d/nvidia_icd.json"}};
    const auto edits = driverEdits(inventory, {});
    EXPECT_THAT(targetsOf(edits), Contains("/etc/vulkan/icd.d/nvidia_icd.json").Times(1));
}

TEST(DriverEdits, APathThatIsNoPlaceForAFileIsRefused) {
    for (const std::string path : {"", "/", "usr/bin/nvidia-smi", "/usr/..", "//", "/."}) {
        auto inventory = tests::sampleInventory();
        inventory.binaries = {{{path, Capability::Utility}, path}};
        EXPECT_THROW(driverEdits(inventory, {}), host::Error) << path;
    }
    auto inventory = tests::sampleInventory();
    inventory.binaries = {
        {{"/usr/../../lib//./current/nvidia-smi", Capability::Utility}, "/usr//bin/nvidia-smi/"}};
    EXPECT_EQ(driverEdits(inventory, {}).mounts.front().containerPath, "/usr/bin/nvidia-smi");
    EXPECT_EQ(driverEdits(inventory, {}).mounts.front().hostPath,
              "/run/nvidia/driver/lib/current/nvidia-smi");
}

TEST(GpuEdits, AreTheNodesOfTheGpuByItsMinor) {
    const auto inventory = tests::sampleInventory();
    const auto edits = gpuEdits(inventory, inventory.gpus[0], {});
    EXPECT_THAT(nodesOf(edits),
                ElementsAre("/dev/nvidia1", "/dev/dri/card1", "/dev/dri/renderD128"));
    EXPECT_THAT(hooksOf(edits),
                ElementsAre("driverctl-hook create-symlinks"
                            " --link ../card1::/dev/dri/by-path/pci-0000:3b:00.0-card"
                            " --link ../renderD128::/dev/dri/by-path/pci-0000:3b:00.0-render"));
    EXPECT_THAT(nodesOf(gpuEdits(inventory, inventory.gpus[0],
                                 {.capabilities = {Capability::Compute, Capability::Utility}})),
                ElementsAre("/dev/nvidia1"));
}

TEST(GpuEdits, LeaveOutANodeThatIsNotThere) {
    auto inventory = tests::sampleInventory();
    inventory.gpuNodes = {"/dev/nvidia1"};
    EXPECT_EQ(gpuEdits(inventory, inventory.gpus[1], {}), ContainerEdits());
    inventory.gpus[0].minor.reset();
    inventory.gpus[0].drmNodes.clear();
    EXPECT_EQ(gpuEdits(inventory, inventory.gpus[0], {}), ContainerEdits());
}

TEST(MigEdits, AreTheGpusNodeAndThoseOfTheTwoInstances) {
    const auto inventory = tests::sampleInventory();
    const auto& gpu = inventory.gpus[2];
    EXPECT_THAT(nodesOf(migEdits(inventory, gpu, gpu.migs[1])),
                ElementsAre("/dev/nvidia2", "/dev/nvidia-caps/nvidia-cap5",
                            "/dev/nvidia-caps/nvidia-cap6"));
}

TEST(CapabilityEdits, AreItsNode) {
    const auto inventory = tests::sampleInventory();
    EXPECT_THAT(nodesOf(capabilityEdits(inventory, inventory.migMonitor)),
                ElementsAre("/dev/nvidia-caps/nvidia-cap2"));
    EXPECT_EQ(capabilityEdits(inventory, std::nullopt), ContainerEdits());
}

TEST(ImexEdits, AnUnknownChannelIsRefusedWithThoseThatAreThere) {
    const auto inventory = tests::sampleInventory();
    EXPECT_THAT(nodesOf(imexEdits(inventory, "3")),
                ElementsAre("/dev/nvidia-caps-imex-channels/channel3"));
    try {
        imexEdits(inventory, "7");
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_STREQ(error.what(), "there is no IMEX channel '7': there are channel0, channel3");
    }
}

TEST(Append, AddsWhatIsNotThere) {
    const auto inventory = tests::sampleInventory();
    const auto driver = driverEdits(inventory, {});
    auto edits = driver;
    append(edits, driver);
    EXPECT_EQ(edits, driver);
    append(edits, gpuEdits(inventory, inventory.gpus[1], {}));
    EXPECT_EQ(edits.deviceNodes.size(), driver.deviceNodes.size() + 1);
}

} // namespace
} // namespace toolkit
