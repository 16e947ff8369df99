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
    markers.writeDaemons(false);
    EXPECT_EQ(host::readFile(run.path() / "validations/.driver-daemons-status"), "NotReady\n");
    markers.writeDaemons(true);
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
    EXPECT_FALSE(std::filesystem::exists(run.path() / "nvidia-driver.state"));
}

/// What stands in the way of one does not keep the others.
TEST(MarkersTest, AllAreRemovedButTheOneThatCannotBe) {
    const tests::Directory run;
    run.write("validations/.driver-ctr-ready", "");
    run.write("validations/.driver-daemons-status/x", "");
    run.write("nvidia-driver.state", "");
    const Markers markers(run.path(), host::systemNodeActions());
    EXPECT_THAT([&] { markers.remove(); },
                testing::ThrowsMessage<host::Error>(HasSubstr(".driver-daemons-status")));
    EXPECT_FALSE(markers.containerIsReady());
    EXPECT_FALSE(std::filesystem::exists(run.path() / "nvidia-driver.state"));
}

} // namespace
} // namespace loader
