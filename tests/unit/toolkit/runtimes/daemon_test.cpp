#include "toolkit/runtimes/daemon.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>

namespace fs = std::filesystem;
using toolkit::runtimes::DaemonProgram;
using toolkit::runtimes::Version;

namespace {

/// Programs that answer as docker's and containerd's do; the file decides.
class DaemonsOfOurs : public testing::Test {
  protected:
    [[nodiscard]] DaemonProgram program(const fs::path& name, const std::string& body) const {
        const auto file = directory_.write(name, "#!/bin/sh\n" + body);
        fs::permissions(file, fs::perms::owner_all);
        return DaemonProgram(file);
    }
    [[nodiscard]] DaemonProgram dockerd(const std::string& version) const {
        return program("dockerd", R"(case $1 in
--version) echo "Docker version )" + version +
                                      R"(, build 411e817" ;;
--validate)
  echo 'level=warning msg="something else"' >&2
  read -r line <"$3"
  [ "$line" != bad ] || { echo "unable to configure: $3" >&2; exit 1; }
  echo "configuration OK" >&2 ;;
esac
)");
    }
    [[nodiscard]] fs::path file(std::string_view content) const {
        return directory_.write("configuration", content);
    }

    tests::Directory directory_;
};

constexpr const char* kContainerd = R"([ "$1 $3 $4" = "--config config dump" ] || exit 9
echo 'level=warning msg="deprecated"' >&2
read -r line <"$2"
[ "$line" != bad ] || { echo "containerd: no" >&2; exit 1; }
echo "read = '$line'"
)";

} // namespace

TEST_F(DaemonsOfOurs, SayTheirVersion) {
    EXPECT_EQ(dockerd("26.1.5+dfsg1").version(), (Version{26, 1}));
    EXPECT_EQ(program("containerd", "exit 1\n").version(), std::nullopt);
    EXPECT_EQ(DaemonProgram(directory_.path() / "none").version(), std::nullopt);
}

TEST_F(DaemonsOfOurs, DockerValidates) {
    const auto docker = dockerd("23.0.0");
    EXPECT_TRUE(docker.judge(file("good\n"))->accepted());
    EXPECT_EQ(docker.judge(file("bad\n"))->refusal,
              "unable to configure: " + (directory_.path() / "configuration").string());
}

TEST_F(DaemonsOfOurs, DockerBefore23CannotTell) {
    EXPECT_FALSE(dockerd("20.10.24").judge(file("bad\n")));
}

TEST_F(DaemonsOfOurs, ContainerdTellsWhatTheFileComesTo) {
    const auto containerd = program("containerd", kContainerd);
    EXPECT_EQ(containerd.judge(file("good\n"))->effective, "read = 'good'\n");
    const auto refused = containerd.judge(file("bad\n"));
    EXPECT_EQ(refused->refusal, "containerd: no");
    EXPECT_EQ(refused->effective, "");
}

TEST_F(DaemonsOfOurs, NoFileIsAnEmptyOne) {
    const auto containerd = program("containerd", kContainerd);
    EXPECT_EQ(containerd.judge(directory_.path() / "nowhere")->effective, "read = ''\n");
}

TEST_F(DaemonsOfOurs, NobodyElseIsAsked) {
    EXPECT_FALSE(program("crio", "echo anything\n").judge(file("good\n")));
    EXPECT_FALSE(DaemonProgram(directory_.path() / "none/containerd").judge(file("good\n")));
}

TEST_F(DaemonsOfOurs, GetNothingOfTheEnvironmentButItsPath) {
    const auto containerd = program("containerd", "env -u PATH -u PWD -u SHLVL -u _ >&2; exit 1\n");
    EXPECT_EQ(containerd.judge(file("good\n"))->refusal, "it fails and does not say why");
}

TEST_F(DaemonsOfOurs, AreFoundInAHostsRoot) {
    EXPECT_FALSE(DaemonProgram::find("containerd", directory_.path()));
    (void)program("usr/bin/containerd", "");
    fs::create_symlink("/usr/bin", directory_.path() / "sbin");
    EXPECT_THAT(DaemonProgram::find("containerd", directory_.path())->file(),
                testing::AnyOf("/usr/bin/containerd", "/sbin/containerd"));
}
