#include "gpu/nvml.h"

#include "host/base/error.h"
#include "tests/unit/elf_image.h"
#include "tests/unit/temporary.h"

#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

/// Asks tests/unit/gpu/fake_nvml.cpp, which does what FAKE_NVML says.
class Nvml : public testing::Test {
  protected:
    void TearDown() override { ::unsetenv("FAKE_NVML"); }

    static NvmlAnswer ask(std::chrono::milliseconds limit = 60s) {
        const std::filesystem::path library = FAKE_NVML;
        return askNvml(host::Rooted(library.parent_path()), library.filename(), limit);
    }
    static std::string failureOf(const char* how, std::chrono::milliseconds limit = 60s) {
        ::setenv("FAKE_NVML", how, 1);
        try {
            ask(limit);
        } catch (const host::Error& error) {
            return error.what();
        }
        return "";
    }
};

TEST_F(Nvml, TellsOfTheDriverAndItsGpus) {
    const auto answer = ask();
    EXPECT_EQ(answer.driverVersion, "535.261.03");
    EXPECT_EQ(answer.cudaVersion, "12.2");
    ASSERT_EQ(answer.gpus.size(), 2U);
    const Gpu& gpu = answer.gpus[1];
    EXPECT_EQ(gpu.index, 1U);
    EXPECT_EQ(gpu.address, "0001:3b:00.0");
    EXPECT_THAT(gpu.minor, Optional(0U));
    EXPECT_EQ(gpu.uuid, "GPU-1");
    EXPECT_EQ(gpu.model, "NVIDIA H100 80GB HBM3");
    EXPECT_EQ(gpu.architecture, "9.0");
    EXPECT_EQ(gpu.brand, "nvidia");
    EXPECT_FALSE(answer.gpus[0].inMigMode);
}

TEST_F(Nvml, MigDevicesKeepTheirIndices) {
    const auto answer = ask();
    const Gpu& gpu = answer.gpus.at(1);
    EXPECT_TRUE(gpu.inMigMode);
    ASSERT_EQ(gpu.migs.size(), 2U);
    EXPECT_EQ(gpu.migs[1].index, 2U);
    EXPECT_EQ(gpu.migs[1].uuid, "MIG-102");
    EXPECT_EQ(gpu.migs[1].gpuInstance, 5U);
    EXPECT_EQ(gpu.migs[1].computeInstance, 0U);
}

TEST_F(Nvml, WhatItSaysIsNotBelieved) {
    const auto answer = ask();
    EXPECT_EQ(answer.gpus.at(0).model, std::string(96, 'x')) << "a name without an end";
    EXPECT_EQ(answer.gpus.at(0).brand, "unknown");
}

TEST_F(Nvml, AGpuThatIsLostTakesNoOtherAway) {
    ::setenv("FAKE_NVML", "lost", 1);
    const auto answer = ask();
    ASSERT_EQ(answer.gpus.size(), 1U);
    EXPECT_EQ(answer.gpus[0].index, 1U);
    EXPECT_EQ(answer.gpus[0].uuid, "GPU-1");
    EXPECT_THAT(
        answer.lostGpus,
        ElementsAre("NVML does not answer for GPU 0: nvmlDeviceGetHandleByIndex_v2: GPU is lost"));
}

TEST_F(Nvml, ItsFailureIsNotOurs) {
    EXPECT_EQ(failureOf("mismatch"),
              "NVML does not answer: nvmlInit_v2: Driver/library version mismatch");
    EXPECT_THAT(failureOf("crash"), HasSubstr("NVML does not answer: it ended with "));
    EXPECT_THAT(failureOf("block", 50ms), HasSubstr("it did not answer within 1 s"));
}

TEST_F(Nvml, WhatIsNoLibraryDoesNotAnswer) {
    const tests::Directory root;
    root.write("libnvidia-ml.so.1", tests::elfImage({}));
    EXPECT_THROW(askNvml(host::Rooted(root.path()), "libnvidia-ml.so.1"), host::Error);
    EXPECT_THROW(askNvml(host::Rooted(root.path()), "none"), host::Error);
}

} // namespace
} // namespace gpu
