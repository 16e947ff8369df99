#include "loader/daemons/daemon_table.h"

#include "host/base/file.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;

class DaemonTableTest : public testing::Test {
  protected:
    std::vector<std::string> names(Persistence persistence = Persistence::Off, bool imex = false) {
        std::vector<std::string> names;
        for (const auto& spec :
             daemonsFor({.persistence = persistence, .imex = imex, .parameters = parameters.path()},
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
}

TEST_F(DaemonTableTest, WhatTheyReadIsWritten) {
    const tests::Directory node;
    tests::RecordingNodeActions actions{node};
    DaemonSpec fabric;
    fabric.configuration = {node.path() / "run/fabric.cfg", "FABRIC_MODE=1\n"};
    parameters.write("gridd.conf", "FeatureType=1\n");
    writeConfigurations({DaemonSpec{}, fabric}, {.parameters = parameters.path()}, actions,
                        actions.roots());
    EXPECT_EQ(host::readFile(node.path() / "run/fabric.cfg"), "FABRIC_MODE=1\n");
    EXPECT_EQ(host::readFile(node.path() / "etc/nvidia/gridd.conf"), "FeatureType=1\n");
    EXPECT_EQ(actions.calls.size(), 2U);
}

TEST_F(DaemonTableTest, LicensingAndImex) {
    parameters.write("gridd.conf", "");
    EXPECT_THAT(
        names(Persistence::Required, true),
        ElementsAre("nvidia-persistenced", "nvidia-topologyd", "nvidia-gridd", "nvidia-imex"));
}

} // namespace
} // namespace loader
