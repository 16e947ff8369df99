#include "toolkit/hooks/device_cgroup.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;

// As systemd mounts them together, as Docker on cgroup v2 alone, and seen from a container.
constexpr const char* kHybrid =
    "36 31 0:33 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n"
    "37 31 0:34 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
constexpr const char* kUnified = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
constexpr const char* kNested = "41 31 0:38 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

struct Case {
    const char* name;
    const char* cgroups;
    const char* mounts;
    CgroupDirectories expected;
};

class Directories : public testing::TestWithParam<Case> {};

TEST_P(Directories, AreFoundByMounts) {
    EXPECT_EQ(cgroupDirectories(GetParam().cgroups, host::parseMountInfo(GetParam().mounts)),
              GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Groups, Directories,
    testing::Values(
        Case{"Hybrid",
             "5:devices:/docker/a\n1:cpu:/docker/a\n0::/system.slice/docker.service\n",
             kHybrid,
             {"/sys/fs/cgroup/devices/docker/a",
              "/sys/fs/cgroup/unified/system.slice/docker.service"}},
        Case{"Unified", "0::/docker/a\n", kUnified, {{}, "/sys/fs/cgroup/docker/a"}},
        Case{"RootOfAll", "0::/\n", kUnified, {{}, "/sys/fs/cgroup/"}},
        Case{"Together", "3:cpu,devices:/a:b\n", kHybrid, {"/sys/fs/cgroup/devices/a:b", {}}},
        Case{"ControllerOfAnotherName", "3:mydevices:/a\n", kHybrid, {}},
        Case{"PartOfTheTree", "0::/outer/inner\n", kNested, {{}, "/sys/fs/cgroup/inner"}},
        Case{"OutsideOfThePart", "0::/other\n", kNested, {}},
        Case{"AboveTheNamespace", "0::/../a\n", kUnified, {}},
        Case{"NotMounted", "0::/a\n5:devices:/a\n", "", {}}, Case{"NoGroups", "", kHybrid, {}}),
    [](const auto& test) { return test.param.name; });

/// A process 7 whose group of v1's controller is a directory.
struct Node {
    tests::Directory directory;
    Node() {
        const auto mount = (directory.path() / "devices").string();
        directory.write("proc/7/cgroup", "5:devices:/a\n");
        directory.write("proc/self/mountinfo",
                        "36 31 0:33 / " + mount + " rw - cgroup cgroup rw,devices\n");
        directory.write("devices/a/devices.allow", "");
    }
    [[nodiscard]] std::string allowed(const char* list) const {
        directory.write("devices/a/devices.list", list);
        allowDevices(7, {{195, 255}}, directory.path() / "proc");
        return host::readFile(directory.path() / "devices/a/devices.allow");
    }
};

TEST(DeviceCgroup, ListsWhatIsAllowed) {
    EXPECT_EQ(Node().allowed("c 1:3 rwm\n"), "c 195:255 rw");
    EXPECT_EQ(Node().allowed("a *:* rwm\n"), "") << "denies nothing";
}

TEST(DeviceCgroup, HasToBeThere) {
    const Node node;
    EXPECT_THROW(allowDevices(8, {}, node.directory.path() / "proc"), host::SystemError);
}

} // namespace
} // namespace toolkit
