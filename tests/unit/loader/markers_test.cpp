#include "loader/markers.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::HasSubstr;

TEST(MarkersTest, ContentsAreNvidiasAndNothingStays) {
    const tests::Directory run;
    const Markers markers(run.path(), host::systemNodeActions());
    markers.writeNotReady();
    EXPECT_EQ(host::readFile(run.path() / "validations/.driver-daemons-status"), "NotReady\n");
    markers.writeReady();
    EXPECT_EQ(host::readFile(run.path() / "validations/.driver-daemons-status"), "Ready\n");
    EXPECT_FALSE(markers.containerIsReady());
    markers.writeContainerReady(
        {.gdrCopy = true, .gpuDirectStorage = false, .gpuDirectRdma = true});
    EXPECT_TRUE(markers.containerIsReady());
    EXPECT_EQ(host::readFile(run.path() / "validations/.driver-ctr-ready"),
              "GDRCOPY_ENABLED: true\nGDS_ENABLED: false\nGPU_DIRECT_RDMA_ENABLED: true\n");
    markers.writeConfigDigest("");
    EXPECT_FALSE(std::filesystem::exists(run.path() / "nvidia-driver.state"));
    markers.writeConfigDigest("d1");
    EXPECT_EQ(host::readFile(run.path() / "nvidia-driver.state"), "d1\n");
    markers.remove();
    markers.remove();
    EXPECT_TRUE(std::filesystem::is_empty(run.path() / "validations"));
    EXPECT_TRUE(std::filesystem::exists(run.path() / "nvidia-driver.state")) << "as the modules";
    markers.removeConfigDigest();
    EXPECT_FALSE(std::filesystem::exists(run.path() / "nvidia-driver.state"));
}

/// A killed init has left them all.
TEST(MarkersTest, FromTheLockOnTheNodeIsNotReady) {
    const tests::Directory run;
    run.write("validations/.driver-ctr-ready", "");
    run.write("validations/.driver-daemons-status", "Ready\n");
    run.write("nvidia-driver.state", "d1\n");
    {
        const NotReady notReady(run.path(), host::systemNodeActions(), {});
        EXPECT_EQ(host::readFile(run.path() / "validations/.driver-daemons-status"), "NotReady\n");
        EXPECT_FALSE(std::filesystem::exists(run.path() / "validations/.driver-ctr-ready"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(run.path() / "validations"));
    EXPECT_EQ(host::readFile(run.path() / "nvidia-driver.state"), "d1\n");
}

TEST(MarkersTest, WhatCannotBeMarkedIsAnError) {
    const tests::Directory run;
    run.write("validations", "");
    EXPECT_THROW(NotReady(run.path(), host::systemNodeActions(), {}), host::Error);
}

/// What stands in the way of one does not keep the others.
TEST(MarkersTest, AllAreRemovedButTheOneThatCannotBe) {
    const tests::Directory run;
    run.write("validations/.driver-ctr-ready", "");
    run.write("validations/.driver-daemons-status/x", "");
    const Markers markers(run.path(), host::systemNodeActions());
    EXPECT_THAT([&] { markers.remove(); },
                testing::ThrowsMessage<host::Error>(HasSubstr(".driver-daemons-status")));
    EXPECT_FALSE(markers.containerIsReady());
}

} // namespace
} // namespace loader
