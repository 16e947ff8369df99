#include "gpu/functions.h"

#include "host/base/error.h"
#include "tests/unit/recording_node_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

using testing::ElementsAre;

class GpuTest : public testing::Test {
  protected:
    void device(const std::string& address, const std::string& number, const std::string& kind,
                const std::string& driver = "") const {
        const std::filesystem::path directory = "sys/bus/pci/devices/" + address;
        node.write(directory / "vendor", "0x10de\n");
        node.write(directory / "device", number + "\n");
        node.write(directory / "class", kind + "\n");
        if (!driver.empty()) {
            std::filesystem::create_symlink("../../drivers/" + driver,
                                            node.path() / directory / "driver");
        }
    }
    [[nodiscard]] host::Fault fault() const {
        try {
            requireNvidiaFunctions(sys);
        } catch (const host::Error& error) {
            return error.fault();
        }
        return host::Fault::Failed;
    }
    tests::Directory node;
    std::filesystem::path sys = node.path() / "sys";
};

TEST_F(GpuTest, GpusAndSwitchesCountAudioDoesNot) {
    EXPECT_EQ(fault(), host::Fault::NoGpu);
    device("0000:01:00.1", "0x10f8", "0x040300");
    EXPECT_EQ(fault(), host::Fault::NoGpu);
    device("0000:01:00.0", "0x1eb8", "0x030200");
    device("0000:05:00.0", "0x1af1", "0x068000");
    EXPECT_EQ(requireNvidiaFunctions(sys).size(), 2U);
}

TEST_F(GpuTest, DevicesThatAreAllGivenAwayAreNone) {
    device("0000:01:00.0", "0x1eb8", "0x030200", "vfio-pci");
    EXPECT_EQ(fault(), host::Fault::NoGpu);
    device("0000:02:00.0", "0x1eb8", "0x030200", "nouveau");
    EXPECT_EQ(requireNvidiaFunctions(sys).size(), 2U);
}

TEST_F(GpuTest, NouveauIsUnboundThenRemoved) {
    device("0000:01:00.0", "0x1eb8", "0x030200", "nouveau");
    device("0000:02:00.0", "0x1eb8", "0x030200", "vfio-pci");
    node.write("sys/module/nouveau/initstate", "live\n");
    tests::RecordingNodeActions actions(node);
    unbindNouveau(nvidiaFunctions(sys), actions, sys);
    EXPECT_THAT(actions.calls, ElementsAre("set sys/bus/pci/drivers/nouveau/unbind 0000:01:00.0",
                                           "remove nouveau"));
}

} // namespace
} // namespace gpu
