#include "loader/daemons/fabric_manager.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FabricManagerTest : public testing::Test {
  protected:
    void hasSwitch() const { node.write("proc/driver/nvidia-nvswitch/devices/0000:05:00.0", ""); }
    void hasFunction(const std::string& vendor, const std::string& vpd) const {
        const std::string function = "sys/bus/pci/devices/0000:03:00.0/";
        node.write(function + "vendor", vendor);
        node.write(function + "device", "0x1021");
        node.write(function + "class", "0x020700");
        node.write(function + "vpd", vpd);
    }
    [[nodiscard]] std::optional<DaemonSpec>
    manager(const std::vector<std::string>& fields = {}) const {
        return fabricManager(fields, {.proc = node.path() / "proc",
                                      .sys = node.path() / "sys",
                                      .run = node.path() / "run",
                                      .root = node.path()});
    }
    tests::Directory node;
    std::filesystem::path config = node.path() / "usr/share/nvidia/nvswitch/fabricmanager.cfg";
};

TEST_F(FabricManagerTest, IsForNodesWithSwitches) {
    EXPECT_FALSE(manager());
    hasFunction("0x8086", "xxSW_MNGxx");
    EXPECT_FALSE(manager());
    hasSwitch();
    EXPECT_THAT(manager()->argv, ElementsAre("nv-fabricmanager", "-c", config));
    EXPECT_THAT(manager()->modules, IsEmpty());
}

TEST_F(FabricManagerTest, OverNvlink5WaitsForTheModulesOfTheNetwork) {
    hasSwitch();
    hasFunction("0x15b3", "xxSW_MNGxx");
    const auto spec = manager();
    EXPECT_EQ(spec->argv.front(), "nvidia-fabricmanager-start.sh");
    EXPECT_THAT(spec->argv, testing::Contains(config.string()));
    EXPECT_THAT(spec->modules, ElementsAre("mlx5_core", "ib_umad"));
}

TEST_F(FabricManagerTest, FieldsAreSetInACopyOfTheConfiguration) {
    hasSwitch();
    EXPECT_THAT([&] { static_cast<void>(manager({"A=1"})); },
                testing::ThrowsMessage<host::Error>(HasSubstr("fabricmanager.cfg")));
    node.write("usr/share/nvidia/nvswitch/fabricmanager.cfg", "LOG_LEVEL=4\nFABRIC_MODE=0\n");
    EXPECT_TRUE(manager()->configuration.path.empty());
    EXPECT_THAT(manager()->onceStarted, IsEmpty());

    const auto spec = manager({"FABRIC_MODE=1"});
    const auto copy = node.path() / "run/nvidia-fabricmanager/fabricmanager.cfg";
    EXPECT_THAT(spec->argv, ElementsAre("nv-fabricmanager", "-c", copy));
    EXPECT_EQ(spec->configuration.path, copy);
    EXPECT_EQ(spec->configuration.content, "LOG_LEVEL=4\nFABRIC_MODE=1\n");
    EXPECT_THAT(spec->onceStarted, ElementsAre("nvidia-smi", "-r"));
}

TEST(FabricFields, TakeThePlaceOfTheLinesOfTheirName) {
    const struct {
        const char* text;
        std::vector<std::string> fields;
        const char* result;
    } cases[] = {
        {"", {}, ""},
        {"A=1\n# B\nB=2", {}, "A=1\n# B\nB=2\n"},
        {"A=1\nB=2\nA=3\n", {"A=4"}, "B=2\nA=4\n"},
        {"AB=1\n", {"A=", "C=x=y z"}, "AB=1\nA=\nC=x=y z\n"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(withFields(test.text, test.fields), test.result);
    }
    for (const char* wrong : {"", "A", "=1", "A B=1", "A=1\nB=2"}) {
        EXPECT_THAT([&] { withFields("", {wrong}); },
                    testing::ThrowsMessage<host::Error>(HasSubstr("is no field")))
            << wrong;
    }
}

} // namespace
} // namespace loader
