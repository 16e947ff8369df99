#include "driverctl/commands/cdi_directories.h"

#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// A host whose root directory shows in another place than /.
class CdiDirectoriesTest : public testing::Test {
  protected:
    CdiDirectoriesTest() { release("5.6.0"); }
    void release(const std::string& version) const {
        const auto podman =
            host.write("bin/podman", fmt::format("#!/bin/sh\necho podman version {}\n", version));
        fs::permissions(podman, fs::perms::owner_all);
    }
    void configure(const std::string& directories) const {
        host.write("etc/containers/containers.conf.d/cdi.conf",
                   fmt::format("[engine]\ncdi_spec_dirs = {}\n", directories));
    }
    [[nodiscard]] std::vector<std::string> directories() const {
        std::vector<std::string> names;
        for (const fs::path& directory : withDirectoriesOfPodman(
                 {host.path() / "etc/cdi", host.path() / "run/cdi"}, host.path(),
                 {{"PATH", host.path() / "bin"}, {"HOME", host.path() / "root"}})) {
            names.push_back(directory.lexically_relative(host.path()));
        }
        return names;
    }
    tests::Directory host;
};

TEST_F(CdiDirectoriesTest, ArePodmansToo) {
    EXPECT_THAT(directories(), ElementsAre("etc/cdi", "run/cdi"));
    configure(R"(["/site", {append = true}])");
    EXPECT_THAT(directories(), ElementsAre("etc/cdi", "run/cdi", "site"));
    release("5.4.2"); // does not know the setting
    EXPECT_THAT(directories(), ElementsAre("etc/cdi", "run/cdi"));
}

TEST_F(CdiDirectoriesTest, AreThereOnceByWhateverName) {
    fs::create_directories(host.path() / "run/cdi");
    fs::create_directory_symlink("run/cdi", host.path() / "link");
    configure(R"(["/etc/cdi", "/var/run/cdi", "/link", "/site"])");
    EXPECT_THAT(directories(), ElementsAre("etc/cdi", "run/cdi", "site"));
}

TEST_F(CdiDirectoriesTest, OfAConfigurationThatIsBrokenAreTheStandardOnes) {
    configure("[");
    EXPECT_THAT(directories(), ElementsAre("etc/cdi", "run/cdi"));
}

} // namespace
} // namespace driverctl
