#include "loader/daemons/daemon_table.h"

#include "loader/markers.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;

class DaemonTableTest : public testing::Test {
  protected:
    std::vector<std::string> names(Persistence persistence = Persistence::Off, bool imex = false) {
        std::vector<std::string> names;
        for (const auto& spec : daemonsFor({persistence, imex, parameters.path()},
                                           {.proc = proc.path(), .sys = sys.path()})) {
            names.push_back(spec.argv.front());
        }
        return names;
    }
    tests::Directory proc;
    tests::Directory sys;
    tests::Directory parameters;
};

TEST_F(DaemonTableTest, PersistenceDaemonAsWished) {
    EXPECT_THAT(names(), ElementsAre());
    EXPECT_THAT(names(Persistence::Optional), ElementsAre("nvidia-persistenced"));
    EXPECT_FALSE(
        daemonsFor({.persistence = Persistence::Optional, .parameters = parameters.path()}, {})[0]
            .required);
    EXPECT_TRUE(
        daemonsFor({.persistence = Persistence::Required, .parameters = parameters.path()}, {})[0]
            .required);
}

TEST_F(DaemonTableTest, FabricManagerWhereThereAreSwitches) {
    std::filesystem::create_directories(proc.path() / "driver/nvidia-nvswitch/devices");
    EXPECT_THAT(names(), ElementsAre());
    proc.write("driver/nvidia-nvswitch/devices/0000:05:00.0", "");
    EXPECT_THAT(names(), ElementsAre("nv-fabricmanager"));
    sys.write("class/infiniband/mlx5_0/device/vpd", "xxSW_MNGxx");
    EXPECT_THAT(names(), ElementsAre("nvidia-fabricmanager-start.sh"));
}

TEST_F(DaemonTableTest, LicensingAndImex) {
    parameters.write("gridd.conf", "");
    EXPECT_THAT(
        names(Persistence::Required, true),
        ElementsAre("nvidia-persistenced", "nvidia-topologyd", "nvidia-gridd", "nvidia-imex"));
}

TEST(MarkersTest, ContentsAreNvidiasAndNothingStays) {
    const tests::Directory run;
    const Markers markers(run.path());
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

} // namespace
} // namespace loader
