#include "toolkit/inventory/collect.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::pathsOf;

class Collect : public testing::Test {
  protected:
    [[nodiscard]] Inventory inventory(const InventorySettings& settings = {}) const {
        return collect(settings, tree.roots(),
                       {.isNode = [](const std::filesystem::path& path) { return exists(path); },
                        .nvml =
                            [this](const host::Rooted& root, const std::filesystem::path& library) {
                                if (!nvml) {
                                    throw host::Error("NVML does not answer: mute");
                                }
                                EXPECT_TRUE(root.exists(library));
                                return *nvml;
                            }});
    }
    void load() const {
        tree.file("/proc/driver/nvidia/version", "NVRM version: Kernel Module 535.261.03 \n");
        tree.file("/proc/driver/nvidia/gpus/0000:01:00.0/information",
                  "Model: \t\t NVIDIA T4\nGPU UUID: \t GPU-proc\nDevice Minor: \t 0\n");
    }
    tests::DriverTree tree;
    std::optional<gpu::NvmlAnswer> nvml; ///< nothing: it does not answer
};

TEST_F(Collect, AnEmptyNodeHasNothing) {
    const auto nothing = inventory();
    EXPECT_EQ(nothing.driverRoot, tree.path());
    EXPECT_EQ(nothing.devRoot, tree.path());
    EXPECT_EQ(nothing.driverVersion, "");
    EXPECT_EQ(nothing.moduleVersion, "");
    EXPECT_EQ(nothing.cudaVersion, "");
    EXPECT_EQ(nothing.source, gpu::Source::Proc);
    EXPECT_THAT(nothing.gpus, IsEmpty());
    EXPECT_THAT(nothing.libraries, IsEmpty());
}

TEST_F(Collect, WithoutAQuestionNvmlIsNotAsked) {
    load();
    tree.library("/usr/lib64/libnvidia-ml.so.535.261.03");
    const auto found = collect({}, tree.roots());
    EXPECT_EQ(found.source, gpu::Source::Proc);
    EXPECT_EQ(found.nvmlFailure, "NVML was not asked");
    EXPECT_EQ(found.gpus.size(), 1U);
}

TEST_F(Collect, ANodeWithItsOwnDriver) {
    tree.library("/usr/lib64/libcuda.so.535.261.03");
    tree.file("/usr/bin/nvidia-smi");
    tree.file("/proc/driver/nvidia/version",
              "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.261.03  Release Build\n");
    tree.file("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Device Minor: \t 0\n");
    tree.file("/proc/sys/kernel/random/boot_id", "6b9c\n");
    tree.file("/dev/nvidia0");
    const auto found = inventory();
    EXPECT_EQ(found.bootId, "6b9c");
    EXPECT_EQ(found.driverVersion, "535.261.03");
    EXPECT_EQ(found.moduleVersion, "535.261.03");
    EXPECT_EQ(found.cudaVersion, "12.2");
    EXPECT_THAT(found.gpuNodes, ElementsAre("/dev/nvidia0"));
    EXPECT_THAT(pathsOf(found.libraries, &Library::path),
                ElementsAre("/usr/lib64/libcuda.so.535.261.03"));
    EXPECT_THAT(pathsOf(found.binaries, &Binary::path), ElementsAre("/usr/bin/nvidia-smi"));
}

TEST_F(Collect, ADriverContainersRootCountsWhenItHasADriver) {
    tree.library("/usr/lib64/libcuda.so.470.256.02");
    tree.file("/run/nvidia/driver/usr/lib64/README");
    EXPECT_EQ(inventory().driverVersion, "470.256.02");
    EXPECT_EQ(inventory().driverRoot, tree.path());
    tree.library("/run/nvidia/driver/usr/lib64/libcuda.so.535.261.03");
    EXPECT_EQ(inventory().driverVersion, "535.261.03");
    EXPECT_EQ(inventory().driverRoot, tree.path() / "run/nvidia/driver");
    EXPECT_THAT(pathsOf(inventory().libraries, &Library::path),
                ElementsAre("/usr/lib64/libcuda.so.535.261.03"));
}

TEST_F(Collect, AFlatRootIsNamed) {
    for (const char* library : {"libcuda.so", "libnvidia-ml.so"}) {
        tree.library("/flat/lib64/" + std::string(library) + ".580.159");
    }
    tree.file("/flat/bin/nvidia-smi");
    tree.file("/flat/firmware/nvidia/580.159/gsp_ga10x.bin");
    const auto found = inventory({.driverRoot = tree.path() / "flat"});
    EXPECT_EQ(found.driverVersion, "580.159");
    EXPECT_THAT(pathsOf(found.libraries, &Library::path),
                ElementsAre("/lib64/libnvidia-ml.so.580.159", "/lib64/libcuda.so.580.159"));
    EXPECT_THAT(pathsOf(found.binaries, &Binary::path), ElementsAre("/bin/nvidia-smi"));
    EXPECT_THAT(found.firmware, ElementsAre("/firmware/nvidia/580.159/gsp_ga10x.bin"));
}

TEST_F(Collect, ANamedRootCountsAsItIs) {
    tree.library("/usr/lib64/libcuda.so.535.261.03");
    tree.file("/other/bin/nvidia-smi");
    const auto found = inventory({.driverRoot = tree.path() / "other"});
    EXPECT_EQ(found.driverRoot, tree.path() / "other");
    EXPECT_EQ(found.driverVersion, "");
    EXPECT_THAT(pathsOf(found.binaries, &Binary::path), ElementsAre("/bin/nvidia-smi"));
    EXPECT_THROW(static_cast<void>(inventory({.driverRoot = "/no/where"})), host::SystemError);
}

TEST_F(Collect, NvmlTellsWhatItKnowsAndProcTheRest) {
    load();
    tree.library("/usr/lib64/libnvidia-ml.so.535.261.03");
    nvml = {.driverVersion = "535.261.03",
            .cudaVersion = "12.9",
            .gpus = {{.address = "0000:01:00.0", .uuid = "GPU-nvml", .brand = "tesla"}}};
    const auto found = inventory();
    EXPECT_EQ(found.source, gpu::Source::Nvml);
    EXPECT_EQ(found.nvmlFailure, "");
    EXPECT_EQ(found.cudaVersion, "12.9");
    EXPECT_EQ(found.gpus.at(0).uuid, "GPU-nvml");
    EXPECT_EQ(found.gpus.at(0).model, "NVIDIA T4");
    EXPECT_EQ(found.gpus.at(0).minor, 0U);
}

TEST_F(Collect, AGpuThatNvmlHasLostIsNone) {
    load();
    tree.library("/usr/lib64/libnvidia-ml.so.535.261.03");
    nvml = {.gpus = {{.index = 1, .address = "0000:02:00.0"}}, .lostGpus = {"GPU 0 is lost"}};
    const auto found = inventory();
    EXPECT_EQ(found.source, gpu::Source::Nvml);
    EXPECT_EQ(found.nvmlFailure, "GPU 0 is lost");
    ASSERT_EQ(found.gpus.size(), 1U);
    EXPECT_EQ(found.gpus[0].index, 1U);
}

TEST_F(Collect, WithoutNvmlProcTells) {
    load();
    EXPECT_EQ(inventory().nvmlFailure, "the driver root has no libnvidia-ml.so");
    tree.library("/usr/lib64/libnvidia-ml.so.535.261.03");
    const auto found = inventory();
    EXPECT_EQ(found.source, gpu::Source::Proc);
    EXPECT_EQ(found.nvmlFailure, "NVML does not answer: mute");
    EXPECT_EQ(found.cudaVersion, "12.2");
    EXPECT_EQ(found.gpus.at(0).uuid, "GPU-proc");
}

TEST_F(Collect, GpusThatNvmlCannotBringUpAreThereAllTheSame) {
    load();
    tree.library("/usr/lib64/libnvidia-ml.so.535.261.03");
    nvml = {.driverVersion = "535.261.03", .cudaVersion = "12.2", .gpus = {}};
    const auto found = inventory();
    EXPECT_EQ(found.nvmlFailure, "NVML finds no GPU that works");
    EXPECT_EQ(found.source, gpu::Source::Proc);
    EXPECT_EQ(found.gpus.at(0).uuid, "GPU-proc");
}

TEST_F(Collect, NvmlIsNotAskedWhereNoModuleIsLoaded) {
    tree.library("/usr/lib64/libnvidia-ml.so.535.261.03");
    nvml = {.cudaVersion = "12.9"};
    EXPECT_EQ(inventory().source, gpu::Source::Proc);
    EXPECT_EQ(inventory().nvmlFailure, "");
}

TEST_F(Collect, OfSeveralDriversTheLoadedOneCounts) {
    tree.library("/usr/lib64/libcuda.so.470.256.02");
    tree.library("/usr/lib64/libcuda.so.535.261.03");
    EXPECT_EQ(inventory().driverVersion, "470.256.02");
    tree.file("/proc/driver/nvidia/version", "NVRM version: Kernel Module 535.261.03 \n");
    EXPECT_EQ(inventory().driverVersion, "535.261.03");
}

TEST_F(Collect, SocketsAreWatchedWhereverTheDriverRootMayBe) {
    EXPECT_THAT(socketsToWatch({.driverRoot = "/given", .mpsPipes = "/tmp/mps"}, tree.roots()),
                ElementsAre("/given/tmp/mps", "/given/run/nvidia-persistenced/socket",
                            "/given/var/run/nvidia-persistenced/socket",
                            "/given/run/nvidia-fabricmanager/socket",
                            "/given/var/run/nvidia-fabricmanager/socket"));
    EXPECT_THAT(
        socketsToWatch({}, tree.roots()),
        testing::IsSupersetOf({tree.path() / "run/nvidia/driver/run/nvidia-persistenced/socket",
                               tree.path() / "run/nvidia-persistenced/socket"}));
}

} // namespace
} // namespace toolkit
