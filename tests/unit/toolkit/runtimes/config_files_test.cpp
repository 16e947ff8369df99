#include "toolkit/runtimes/config_files.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace toolkit::runtimes {
namespace {

namespace fs = std::filesystem;

class ConfigFilesTest : public testing::Test {
  protected:
    tests::Directory tree;
    ConfigFiles files{tree.path()};
};

TEST_F(ConfigFilesTest, ReadsWhatTheNodeHasBelowItsRoot) {
    tree.write("etc/docker/daemon.json", "{}");
    EXPECT_EQ(files.read("/etc/docker/daemon.json"), "{}");
    EXPECT_EQ(files.read("/etc/docker/other.json"), std::nullopt);
}

TEST_F(ConfigFilesTest, ListsFilesByName) {
    tree.write("etc/conf.d/zz.conf", "");
    tree.write("etc/conf.d/10.conf", "");
    tree.write("etc/conf.d/folder/file", "");
    EXPECT_EQ(files.list("/etc/conf.d"),
              (std::vector<fs::path>{"/etc/conf.d/10.conf", "/etc/conf.d/zz.conf"}));
    EXPECT_TRUE(files.list("/etc/none").empty());
}

TEST_F(ConfigFilesTest, ListsWhatAPatternMeans) {
    tree.write("etc/b.d/zz.conf", "");
    tree.write("etc/b.d/.hidden.conf", "");
    tree.write("etc/a.d/x.conf", "");
    tree.write("etc/a.d/folder.conf/file", "");
    tree.write("etc/[a].conf", "");
    using Paths = std::vector<fs::path>;
    EXPECT_EQ(files.matching("/etc/*.d/*.conf"),
              (Paths{"/etc/a.d/x.conf", "/etc/b.d/.hidden.conf", "/etc/b.d/zz.conf"}));
    EXPECT_EQ(files.matching("/etc/[a-b]*.d/??.conf"), Paths{"/etc/b.d/zz.conf"});
    EXPECT_EQ(files.matching("/etc/[a].conf"), Paths{"/etc/[a].conf"}) << "no star: a name";
    EXPECT_EQ(files.matching("/etc/x.d/??.conf"), Paths{});
    EXPECT_EQ(files.matching("/none/*/*"), Paths{});
}

TEST_F(ConfigFilesTest, RefusesALinkToNowhere) {
    fs::create_symlink("nothing", tree.path() / "link");
    EXPECT_THROW(static_cast<void>(files.read("/link")), host::Error);
    try {
        static_cast<void>(files.read("/link"));
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_STREQ(error.what(), "/link is a link that leads nowhere");
    }
}

TEST_F(ConfigFilesTest, RefusesADirectoryInAFilesPlace) {
    fs::create_directories(tree.path() / "etc/docker/daemon.json");
    EXPECT_THROW(static_cast<void>(files.read("/etc/docker/daemon.json")), host::Error);
}

TEST_F(ConfigFilesTest, WaitsForNoPipe) {
    ASSERT_EQ(::mkfifo((tree.path() / "pipe").c_str(), 0600), 0);
    try {
        static_cast<void>(files.read("/pipe"));
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_TRUE(std::string(error.what()).ends_with("/pipe is no regular file"));
    }
}

/// In the order of containers.conf(5).
TEST_F(ConfigFilesTest, OfPodmanAreThoseOfSeveralFolders) {
    tree.write("usr/containers.conf.d/10.conf", "");
    tree.write("etc/containers.conf.d/20.conf", "");
    tree.write("etc/containers.conf.d/10.conf", "");
    tree.write("etc/containers.conf.d/10.toml", "");
    EXPECT_EQ(containersConfFiles({"/usr", "/etc", "/home"}, files),
              (std::vector<fs::path>{"/usr/containers.conf", "/etc/containers.conf",
                                     "/etc/containers.conf.d/10.conf",
                                     "/etc/containers.conf.d/20.conf", "/home/containers.conf"}));
}

} // namespace
} // namespace toolkit::runtimes
