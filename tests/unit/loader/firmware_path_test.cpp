#include "loader/firmware_path.h"

#include "tests/unit/recording_node_actions.h"

#include <gtest/gtest.h>

namespace loader {
namespace {

constexpr const char* kParameter = "sys/module/firmware_class/parameters/path";

class FirmwarePathTest : public testing::Test {
  protected:
    void is(const std::string& value) const { node.write(kParameter, value + "\n"); }
    [[nodiscard]] std::string now() const {
        return host::readLineIfExists(node.path() / kParameter).value_or("?");
    }
    tests::Directory node;
    tests::RecordingNodeActions actions{node};
    FirmwarePath path{actions, node.path() / "sys"};
};

TEST_F(FirmwarePathTest, IsSetAndEmptied) {
    is("");
    EXPECT_EQ(path.set("/a"), std::nullopt);
    EXPECT_EQ(now(), "/a");
    path.restore();
    EXPECT_EQ(now(), "");
    path.restore();
    EXPECT_EQ(actions.calls.size(), 2U);
}

TEST_F(FirmwarePathTest, ForeignOneIsRespected) {
    is("/theirs");
    EXPECT_EQ(path.set("/a"), "/theirs");
    path.restore();
    EXPECT_TRUE(actions.calls.empty());
}

TEST_F(FirmwarePathTest, OneThatSomebodyChangedSinceStays) {
    is("");
    path.set("/a");
    is("/theirs");
    path.restore();
    EXPECT_EQ(now(), "/theirs");
}

TEST_F(FirmwarePathTest, OneThatIsLeftIsSetAgainAndEmptied) {
    is("/a");
    EXPECT_EQ(path.set("/a"), std::nullopt);
    path.restore();
    EXPECT_EQ(now(), "");
}

TEST_F(FirmwarePathTest, ClearsOnlyWhatIsNamed) {
    is("/a");
    path.clear("/b");
    EXPECT_EQ(now(), "/a");
    path.clear("/a");
    EXPECT_EQ(now(), "");
}

TEST(WithoutFirmware, IsWhatTheLastParameterSays) {
    for (const auto& [parameters, without] : {std::pair{"", false},
                                              {"NVreg_EnableGpuFirmware=0", true},
                                              {"a=1 NVreg_EnableGpuFirmware=0x0 b=2", true},
                                              {"NVreg_EnableGpuFirmware=18", false},
                                              {"NVreg_EnableGpuFirmware=0 "
                                               "NVreg_EnableGpuFirmware=1",
                                               false}}) {
        NodeState state;
        state.modules = {{"nvidia-uvm", "NVreg_EnableGpuFirmware=0"}, {"nvidia", parameters}};
        EXPECT_EQ(withoutFirmware(state), without) << parameters;
    }
}

} // namespace
} // namespace loader
