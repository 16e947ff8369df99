#include "loader/checks/host_drivers.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

auto finding(Severity severity, const std::string& text, const std::string& remedy = "") {
    return AllOf(Field(&Finding::severity, severity), Field(&Finding::text, HasSubstr(text)),
                 Field(&Finding::remedy, HasSubstr(remedy)));
}

/// A container that sees the host through /proc/1/root.
class HostDriversTest : public testing::Test {
  protected:
    HostDriversTest() {
        fs::create_directories(tree.path() / "proc/self/ns");
        fs::create_directories(tree.path() / "proc/1/root/etc");
        fs::create_directories(tree.path() / "container");
        pidNamespace("pid:[4026531836]");
    }
    void host(const std::string& file, const std::string& content = "x") const {
        tree.write("proc/1/root/" + file, content);
    }
    void link(const std::string& target, const std::string& name) const {
        const auto path = tree.path() / "proc/1/root" / name;
        fs::create_directories(path.parent_path());
        fs::create_symlink(target, path);
    }
    void pidNamespace(const std::string& name) const {
        fs::remove(tree.path() / "proc/self/ns/pid");
        fs::create_symlink(name, tree.path() / "proc/self/ns/pid");
    }
    /// As every image of Flatcar's has it.
    void enable() const {
        host("usr/lib/systemd/system/nvidia.service", "[Service]\n");
        link("../nvidia.service", "usr/lib/systemd/system/multi-user.target.wants/nvidia.service");
    }
    [[nodiscard]] Findings check(const std::string& osId = "flatcar") const {
        return checkHostDrivers(osId, roots);
    }
    tests::Directory tree;
    host::Roots roots{.proc = tree.path() / "proc",
                      .sys = tree.path() / "sys",
                      .root = tree.path() / "container"};
};

TEST_F(HostDriversTest, NothingThereIsNothingFound) {
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(HostDriversTest, EnabledServiceIsAWarningThatSaysWhatToDo) {
    enable();
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "nvidia.service is enabled:",
                                             "systemctl mask --now nvidia.service")));
    link("0123", "run/systemd/units/invocation:nvidia.service");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "is enabled and active:")));
}

TEST_F(HostDriversTest, EnabledInEtcOrByAGenerator) {
    host("usr/lib/systemd/system/nvidia.service");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Good, "not enabled")));
    link("/usr/lib/systemd/system/nvidia.service",
         "run/systemd/generator/graphical.target.requires/nvidia.service");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "is enabled:")));
}

TEST_F(HostDriversTest, StartedByHandIsActive) {
    host("etc/systemd/system/nvidia.service");
    host("sys/fs/cgroup/system.slice/nvidia.service/cgroup.procs", "");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "nvidia.service is active:")));
}

TEST_F(HostDriversTest, MaskedServiceIsFine) {
    enable();
    link("/dev/null", "etc/systemd/system/nvidia.service");
    host("opt/nvidia/535.274.02/6.12.102-flatcar/nvidia.ko");
    EXPECT_THAT(check(),
                ElementsAre(finding(Severity::Good, "is masked"),
                            finding(Severity::Good, "/opt/nvidia holds what nvidia.service has "
                                                    "built: 535.274.02")));
    link("0123", "run/systemd/units/invocation:nvidia.service");
    EXPECT_EQ(check()[0].severity, Severity::Warning);
    EXPECT_THAT(check()[0].text, HasSubstr("has run since the boot"));
}

TEST_F(HostDriversTest, OtherKindsOfMasks) {
    enable();
    link("/dev/null", "run/systemd/system/nvidia.service");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "until the next reboot only")));
    host("etc/systemd/system/nvidia.service", "");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Good, "is masked")));
}

TEST_F(HostDriversTest, BuiltDriversOfAServiceThatMayComeBack) {
    enable();
    host("opt/nvidia/535.274.02/x");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "enabled"),
                                     finding(Severity::Warning, "535.274.02", "can be removed")));
}

TEST_F(HostDriversTest, SystemExtensionsWithADriver) {
    host("etc/flatcar/enabled-sysext.conf",
         "# nvidia-drivers-535\n podman\nnvidia-drivers-570-open\n-nvidia-drivers-550\n");
    host("etc/extensions/nvidia-drivers-570-open.raw");
    host("etc/extensions/nvidia-runtime.raw");
    host("usr/lib/extension-release.d/extension-release.nvidia-drivers-570-open");
    host("usr/lib/extension-release.d/extension-release.nvidia-runtime");
    EXPECT_THAT(check(),
                ElementsAre(finding(Severity::Warning, "nvidia-drivers-570-open is enabled",
                                    "enabled-sysext.conf"),
                            finding(Severity::Warning, "nvidia-drivers-570-open.raw is in "
                                                       "/etc/extensions"),
                            finding(Severity::Warning, "nvidia-drivers-570-open is merged")));
}

TEST_F(HostDriversTest, ForeignNamesCannotSteerTheTerminal) {
    host("etc/extensions/nvidia-\x1b[2J.raw");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "nvidia-\\u001b[2J.raw")));
}

/// A PID namespace of the container's own: PID 1 is its own first process.
TEST_F(HostDriversTest, HostThatCannotBeSeenIsSaidOnFlatcar) {
    roots.root = tree.path() / "proc/1/root";
    pidNamespace("pid:[4026532200]");
    enable();
    host("run/systemd/system/x");
    EXPECT_THAT(check(),
                ElementsAre(finding(Severity::Warning, "cannot be seen from here", "--pid=host")));
    EXPECT_THAT(check("debian"), IsEmpty());
}

TEST_F(HostDriversTest, OnTheHostItselfItsOwnRootCounts) {
    roots.root = tree.path() / "proc/1/root";
    enable();
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "nvidia.service is enabled")));
}

/// As in kind, where the node is a container, and in a pod that shares its process namespace.
TEST_F(HostDriversTest, AnotherContainersRootIsTheHostsWhenItRunsSystemd) {
    pidNamespace("pid:[4026532200]");
    enable();
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "cannot be seen from here")));
    host("run/systemd/system/x");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "nvidia.service is enabled")));
}

TEST_F(HostDriversTest, HostRootThatIsMounted) {
    fs::remove_all(tree.path() / "proc/1");
    tree.write("container/host/etc/systemd/system/nvidia.service", "x");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning, "cannot be seen")));
    tree.write("container/host/usr/lib/os-release", "ID=flatcar\n");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Good, "not enabled")));
}

} // namespace
} // namespace loader
