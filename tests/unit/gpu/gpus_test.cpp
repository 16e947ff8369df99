#include "gpu/gpus.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

class Gpus : public testing::Test {
  protected:
    void gpu(const std::string& address, const std::string& information) const {
        node.write("proc/driver/nvidia/gpus/" + address + "/information", information);
    }
    tests::Directory node;
    host::Roots roots{.proc = node.path() / "proc",
                      .sys = node.path() / "sys",
                      .dev = node.path() / "dev",
                      .run = node.path() / "run",
                      .etc = node.path() / "etc",
                      .root = node.path()};
};

TEST_F(Gpus, AreInPciOrderNotInThatOfMinors) {
    gpu("0000:86:00.0", "Model: \t\t NVIDIA A30\nGPU UUID: \t GPU-2222\nDevice Minor: \t 0\n");
    gpu("10000:01:00.0", "Model: \t\t NVIDIA T4\nDevice Minor: \t 2\n");
    gpu("0000:3b:00.0", "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 57\nGPU UUID: \t GPU-1111\n"
                        "Bus Location: \t 0000:3b:00.0\nDevice Minor: \t 1\nGPU Excluded:\t No\n");
    const auto gpus = readGpus(roots);
    ASSERT_EQ(gpus.size(), 3U);
    EXPECT_EQ(gpus[0].index, 0U);
    EXPECT_EQ(gpus[0].address, "0000:3b:00.0");
    EXPECT_THAT(gpus[0].minor, Optional(1U));
    EXPECT_EQ(gpus[0].uuid, "GPU-1111");
    EXPECT_EQ(gpus[0].model, "NVIDIA H100 80GB HBM3");
    EXPECT_FALSE(gpus[0].inMigMode);
    EXPECT_THAT(gpus[1].minor, Optional(0U));
    EXPECT_EQ(gpus[2].index, 2U);
    EXPECT_EQ(gpus[2].uuid, "");
}

TEST_F(Gpus, ExcludedOnesHaveNoIndex) {
    gpu("0000:01:00.0", "Model: \t\t NVIDIA T4\nGPU Excluded:\t Yes\n");
    gpu("0000:02:00.0", "Model: \t\t NVIDIA T4\nDevice Minor: \t 1\nGPU Excluded:\t No\n");
    gpu("0000:03:00.0", "");
    const auto gpus = readGpus(roots);
    ASSERT_EQ(gpus.size(), 1U);
    EXPECT_EQ(gpus[0].index, 0U);
    EXPECT_EQ(gpus[0].address, "0000:02:00.0");
}

TEST_F(Gpus, AUuidOfQuestionMarksIsNone) {
    gpu("0000:01:00.0", "GPU UUID: \t GPU-" + std::string(36, '?') + "\n");
    EXPECT_EQ(readGpus(roots).at(0).uuid, "");
    EXPECT_EQ(readGpus(roots).at(0).minor, std::nullopt);
}

TEST_F(Gpus, MigDevicesAreThoseOfTheirMinor) {
    gpu("0000:01:00.0", "Device Minor: \t 1\n");
    gpu("0000:02:00.0", "Device Minor: \t 0\n");
    for (const char* instance : {"gi10/ci0", "gi2/ci1", "gi2/ci0"}) {
        node.write("proc/driver/nvidia/capabilities/gpu1/mig/" + std::string(instance) + "/access",
                   "DeviceFileMinor: 30\n");
    }
    node.write("proc/driver/nvidia/capabilities/gpu1/mig/gi2/access", "DeviceFileMinor: 3\n");
    const auto gpus = readGpus(roots);
    EXPECT_TRUE(gpus.at(0).inMigMode);
    std::vector<std::array<unsigned, 3>> instances;
    for (const MigDevice& mig : gpus[0].migs) {
        instances.push_back({mig.index, mig.gpuInstance, mig.computeInstance});
    }
    EXPECT_THAT(instances, ElementsAre(std::array{0U, 2U, 0U}, std::array{1U, 2U, 1U},
                                       std::array{2U, 10U, 0U}));
    EXPECT_THAT(gpus.at(1).migs, IsEmpty());
}

TEST_F(Gpus, DrmNodesAreThoseOfTheirFunction) {
    gpu("0000:01:00.0", "Device Minor: \t 0\n");
    node.write("sys/bus/pci/devices/0000:01:00.0/drm/card1/dev", "226:1\n");
    node.write("sys/bus/pci/devices/0000:01:00.0/drm/renderD128/dev", "226:128\n");
    node.write("sys/bus/pci/devices/0000:02:00.0/drm/card2/dev", "226:2\n");
    std::filesystem::create_directories(node.path() / "dev/dri/by-path");
    std::filesystem::create_symlink("../card1",
                                    node.path() / "dev/dri/by-path/pci-0000:01:00.0-card");
    const auto gpus = readGpus(roots);
    EXPECT_THAT(gpus.at(0).drmNodes, ElementsAre("/dev/dri/card1", "/dev/dri/renderD128"));
    EXPECT_THAT(gpus.at(0).drmLinks, ElementsAre("/dev/dri/by-path/pci-0000:01:00.0-card"));
}

TEST_F(Gpus, NoneWithoutTheDriver) {
    EXPECT_THAT(readGpus(roots), IsEmpty());
}

TEST(CompletedGpus, TakeFromProcWhatNvmlLeftOpen) {
    const std::vector<Gpu> proc = {
        {.index = 0, .address = "0000:01:00.0", .minor = 4, .uuid = "GPU-proc", .model = "T4"},
        {.index = 1, .address = "0000:02:00.0", .minor = 5, .drmNodes = {"/dev/dri/card2"}}};
    const auto gpus = completed({{.index = 0, .address = "0000:02:00.0", .uuid = "GPU-nvml"},
                                 {.index = 1, .address = "0000:09:00.0", .uuid = "GPU-other"}},
                                proc);
    EXPECT_THAT(gpus.at(0).minor, Optional(5U));
    EXPECT_EQ(gpus.at(0).uuid, "GPU-nvml");
    EXPECT_THAT(gpus.at(0).drmNodes, ElementsAre("/dev/dri/card2"));
    EXPECT_EQ(gpus.at(1).minor, std::nullopt);
}

} // namespace
} // namespace gpu
