#include "loader/checks/provisions.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProvisionsTest : public testing::Test {
  protected:
    tests::Directory node;
    host::Roots roots{
        .proc = node.path() / "proc", .dev = node.path() / "dev", .root = node.path()};
};

std::vector<std::string> textsOf(const Findings& findings, Severity severity) {
    std::vector<std::string> texts;
    for (const Finding& finding : findings) {
        if (finding.severity == severity) {
            texts.push_back(finding.text);
        }
    }
    return texts;
}

TEST_F(ProvisionsTest, PartsOfTheImageHaveTheDriversVersion) {
    const host::PciFunction gpu{"a", 0x10de, 0x1eb8, 0x030200, ""};
    const host::PciFunction nvswitch{"b", 0x10de, 0x1af1, 0x068000, ""};
    node.write("usr/lib64/libnvidia-ml.so.570.2", "");
    EXPECT_THAT(textsOf(checkImage("535.1", {gpu, nvswitch}, roots), Severity::Warning),
                ElementsAre("the management library of driver 535.1 is missing",
                            "the firmware of driver 535.1 is missing",
                            "the fabric manager, which the NVSwitches need, of driver 535.1 is "
                            "missing"));
    node.write("usr/lib64/libnvidia-ml.so.535.1", "");
    node.write("lib/firmware/nvidia/535.1/gsp.bin", "");
    EXPECT_THAT(textsOf(checkImage("535.1", {gpu}, roots), Severity::Good),
                ElementsAre("the management library of driver 535.1 is there",
                            "the firmware of driver 535.1 is there"));
}

TEST_F(ProvisionsTest, BuildingNeedsLoopDevicesOverlaysAndSpace) {
    // The directory need not be there yet.
    const auto workDir = node.path() / "a/b";
    EXPECT_THAT(checkBuilding(workDir, roots).back().text,
                HasSubstr(" GiB are free for " + workDir.string()));
    const auto before = textsOf(checkBuilding(workDir, roots), Severity::Warning);
    ASSERT_GE(before.size(), 2U);
    EXPECT_EQ(before[0], "there is no /dev/loop-control");
    EXPECT_EQ(before[1], "the kernel has no overlay file system");
    node.write("dev/loop-control", "");
    node.write("proc/filesystems", "nodev\tproc\nnodev\toverlay\n");
    EXPECT_EQ(checkBuilding(workDir, roots).size(), 1U);
}

} // namespace
} // namespace loader
