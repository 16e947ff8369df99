#include "toolkit/rootless/facts.h"

#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

namespace toolkit::rootless {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class RootlessFacts : public testing::Test {
  protected:
    [[nodiscard]] Facts facts(const Environment& environment = {}) const {
        return gatherFacts(environment, {.proc = host_.path() / "proc",
                                         .sys = host_.path() / "sys",
                                         .dev = host_.path() / "dev",
                                         .run = host_.path() / "run",
                                         .etc = host_.path() / "etc",
                                         .root = host_.path()});
    }
    tests::Directory host_;
};

TEST_F(RootlessFacts, OfAnEmptyHost) {
    const auto found = facts();
    EXPECT_EQ(found.user.subordinateUsers, 0);
    EXPECT_FALSE(found.user.ownsRunDirectory);
    EXPECT_TRUE(found.namespaces.users.program.empty());
    EXPECT_FALSE(found.namespaces.isForRootOnly);
    EXPECT_FALSE(found.isDriverLoaded);
    EXPECT_FALSE(found.hasUnifiedCgroups);
    EXPECT_THAT(found.nodes, IsEmpty());
    EXPECT_EQ(found.selinux, host::SelinuxMode::Off);
    EXPECT_EQ(found.specificationsError, "");
}

TEST_F(RootlessFacts, SubordinateIdsAreAddedUp) {
    const auto user = facts().user.name;
    host_.write("etc/subuid", fmt::format("other:1:5\n{}:100000:65536\n{}:300000:10\n{}:1\n", user,
                                          ::getuid(), user));
    host_.write("etc/subgid", fmt::format("{}:100000:many\n", user));
    EXPECT_EQ(facts().user.subordinateUsers, 65546);
    EXPECT_EQ(facts().user.subordinateGroups, 0);
}

TEST_F(RootlessFacts, SubordinateIdsMayBeADirectoryServices) {
    const auto user = facts().user.name;
    const auto getsubids = host_.write(
        "bin/getsubids", fmt::format("#!/bin/sh\n[ \"$1\" = -g ] || echo 0: {} 100000 65536\n"
                                     "exit 1\n",
                                     user));
    fs::permissions(getsubids, fs::perms::owner_all);
    const auto found = facts({{"PATH", host_.path() / "bin"}});
    EXPECT_EQ(found.user.subordinateUsers, 65536);
    EXPECT_EQ(found.user.subordinateGroups, 0);
}

TEST_F(RootlessFacts, RunDirectoryIsTheUsersOwn) {
    const auto directory = host_.path() / "run-user";
    EXPECT_FALSE(facts({{"XDG_RUNTIME_DIR", directory}}).user.ownsRunDirectory);
    fs::create_directory(directory);
    EXPECT_TRUE(facts({{"XDG_RUNTIME_DIR", directory}}).user.ownsRunDirectory);
}

TEST_F(RootlessFacts, HelpersAreSetuidOfRoot) {
    const auto helper = host_.write("bin/newuidmap", "");
    const Environment environment{{"PATH", host_.path() / "bin"}};
    fs::permissions(helper, fs::perms::owner_all);
    EXPECT_EQ(facts(environment).namespaces.users.program, helper);
    EXPECT_FALSE(facts(environment).namespaces.users.isPrivileged);
    fs::permissions(helper, fs::perms::owner_all | fs::perms::set_uid);
    EXPECT_EQ(facts(environment).namespaces.users.isPrivileged, ::getuid() == 0);
}

TEST_F(RootlessFacts, KernelSaysWhoMayMakeNamespaces) {
    host_.write("proc/sys/user/max_user_namespaces", "0\n");
    host_.write("proc/sys/kernel/unprivileged_userns_clone", "0\n");
    host_.write("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
    const auto found = facts().namespaces;
    EXPECT_EQ(found.most, 0U);
    EXPECT_TRUE(found.isForRootOnly);
    EXPECT_TRUE(found.isRestrictedByAppArmor);
    host_.write("etc/apparmor.d/podman", "");
    EXPECT_FALSE(facts().namespaces.isRestrictedByAppArmor);
}

TEST_F(RootlessFacts, NodesAreThoseThatTheDriverWants) {
    host_.write("proc/driver/nvidia/version", "");
    host_.write("proc/driver/nvidia/params", "DeviceFileUID: 0\nDeviceFileGID: 0\n"
                                             "DeviceFileMode: 438\nModifyDeviceFiles: 1\n");
    host_.write("proc/devices", "Character devices:\n195 nvidia\n\nBlock devices:\n");
    host_.write("proc/driver/nvidia/gpus/0000:3b:00.0/information", "Device Minor: \t 0\n");
    fs::permissions(host_.write("dev/nvidiactl", ""), fs::perms(0640));
    host_.write("run/nvidia/driver/dev/nvidia0", "");
    const auto found = facts();
    EXPECT_TRUE(found.isDriverLoaded);
    std::vector<std::string> nodes;
    for (const auto& node : found.nodes) {
        nodes.push_back(fmt::format("{} {:o} {} {}", node.path.string(),
                                    node.node ? node.node->permissions : 0, node.isUsable,
                                    node.isInDriverRoot));
    }
    EXPECT_THAT(nodes, ElementsAre("/dev/nvidiactl 640 true false", "/dev/nvidia0 0 false true"));
}

TEST_F(RootlessFacts, SelinuxThatIsPermissiveIsNoObstacle) {
    host_.write("sys/fs/selinux/enforce", "0");
    host_.write("sys/fs/selinux/class/file/index", "7");
    EXPECT_EQ(facts().selinux, host::SelinuxMode::Permissive);
    EXPECT_FALSE(facts().selinuxObstacle);
}

TEST_F(RootlessFacts, SelinuxThatCannotBeAskedIsAnObstacle) {
    host_.write("sys/fs/selinux/enforce", "1");
    host_.write("sys/fs/selinux/class/file/index", "7");
    EXPECT_EQ(facts().selinux, host::SelinuxMode::Enforcing);
    EXPECT_TRUE(facts().selinuxObstacle);
}

TEST_F(RootlessFacts, ControllersOfTheUsersManager) {
    host_.write("sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
    host_.write(fmt::format("sys/fs/cgroup/user.slice/user-{0}.slice/user@{0}.service/"
                            "cgroup.controllers",
                            ::getuid()),
                "memory pids\n");
    EXPECT_TRUE(facts().hasUnifiedCgroups);
    EXPECT_THAT(facts().delegated, ElementsAre("memory", "pids"));
}

TEST_F(RootlessFacts, SpecificationsOfBothDirectories) {
    host_.write("etc/cdi/a.json", "{}");
    host_.write("var/run/cdi/b.json", "{}");
    EXPECT_THAT(facts().specifications.files, testing::SizeIs(2));
}

TEST_F(RootlessFacts, SpecificationsThatPodmanDoesNotLookFor) {
    host_.write("etc/cdi/a.json", "{}");
    host_.write("var/run/cdi/b.json", "{}");
    EXPECT_THAT(facts().unread.files, testing::IsEmpty());
    const Environment path = {{"PATH", host_.path() / "bin"}};
    fs::permissions(host_.write("bin/podman", "#!/bin/sh\necho podman version 5.5.2\n"),
                    fs::perms::owner_all);
    EXPECT_THAT(facts(path).specifications.files, testing::SizeIs(1));
    EXPECT_THAT(facts(path).unread.files, testing::SizeIs(1));
    host_.write("etc/containers/containers.conf",
                "[engine]\ncdi_spec_dirs = [\"" + (host_.path() / "run/cdi").string() + "\"]\n");
    fs::rename(host_.path() / "var/run", host_.path() / "run");
    fs::create_directory_symlink(host_.path() / "run", host_.path() / "var/run");
    EXPECT_THAT(facts(path).specifications.files, testing::SizeIs(1));
    EXPECT_THAT(facts(path).unread.files, testing::SizeIs(1));
    EXPECT_EQ(facts(path).unread.files.front().path, host_.path() / "etc/cdi/a.json");
}

} // namespace
} // namespace toolkit::rootless
