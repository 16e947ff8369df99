#include "toolkit/hooks/container_root.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"
#include "tests/unit/toolkit/hooks/swapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A container's root, and beside it what no container may reach.
struct World {
    tests::Directory directory;
    fs::path outside = directory.path() / "outside";
    fs::path path = directory.path() / "root";
    World() {
        fs::create_directories(outside);
        fs::create_directories(path / "usr/lib");
    }
    [[nodiscard]] ContainerRoot root() const { return ContainerRoot(path); }
    [[nodiscard]] bool outsideIsUntouched() const { return fs::is_empty(outside); }
};

TEST(ContainerRoot, PlacesFilesOnce) {
    const World world;
    for (const char* content : {"first", "second", "second"}) {
        world.root().placeFile("/etc/ld.so.conf.d/a.conf", content);
        EXPECT_EQ(world.root().read("/etc/ld.so.conf.d/a.conf", 100), content);
    }
    const auto status = fs::status(world.path / "etc/ld.so.conf.d/a.conf");
    EXPECT_EQ(status.permissions(), fs::perms(0644));
    EXPECT_EQ(std::distance(fs::directory_iterator(world.path / "etc/ld.so.conf.d"), {}), 1);
}

TEST(ContainerRoot, IsNeverTheHosts) {
    EXPECT_THAT([] { ContainerRoot("/"); },
                testing::ThrowsMessage<host::Error>(HasSubstr("cannot change a container in /")));
    const tests::Directory directory;
    fs::create_symlink("/", directory.path() / "link");
    EXPECT_THROW(ContainerRoot(directory.path() / "link"), host::Error);
}

// A name in the image that a link or a directory leads through.
struct Trap {
    const char* name;
    void (*lay)(const World& world); ///< at usr/lib
    const char* refusal;             ///< nullptr: the link is made, inside the root
};

class Trapped : public testing::TestWithParam<Trap> {
  protected:
    Trapped() {
        fs::remove(world.path / "usr/lib");
        GetParam().lay(world);
    }
    World world;
};

TEST_P(Trapped, LeadsNowhereElse) {
    const auto place = [this] {
        const auto root = world.root();
        root.placeLink("/usr/lib/libcuda.so", "libcuda.so.1");
        root.placeFile("/usr/lib/file", "content");
    };
    if (GetParam().refusal == nullptr) {
        place();
        EXPECT_TRUE(world.root().read("/usr/lib/file", 100));
    } else {
        EXPECT_THAT(place, testing::ThrowsMessage<host::Error>(HasSubstr(GetParam().refusal)));
    }
    EXPECT_TRUE(world.outsideIsUntouched());
}

INSTANTIATE_TEST_SUITE_P(
    Traps, Trapped,
    testing::Values(
        Trap{"AbsoluteLink",
             [](const World& world) {
                 fs::create_directory_symlink(world.outside, world.path / "usr/lib");
             },
             "No such file"},
        Trap{"AbsoluteLinkWithin",
             [](const World& world) {
                 fs::create_directory_symlink("/usr", world.path / "usr/lib");
             },
             nullptr},
        Trap{"LinkWithDots",
             [](const World& world) {
                 fs::create_directory_symlink("../../outside", world.path / "usr/lib");
             },
             "No such file"},
        Trap{"LinkAboveTheRoot",
             [](const World& world) {
                 fs::create_directory_symlink("../../../../../../..", world.path / "usr/lib");
             },
             nullptr},
        Trap{
            "Circle",
            [](const World& world) { fs::create_directory_symlink("lib", world.path / "usr/lib"); },
            "Too many levels"},
        Trap{"Fifo", [](const World& world) { ::mkfifo((world.path / "usr/lib").c_str(), 0666); },
             "Not a directory"},
        Trap{"File", [](const World& world) { world.directory.write("root/usr/lib", ""); },
             "Not a directory"}),
    [](const auto& trap) { return trap.param.name; });

TEST(ContainerRoot, TakesDotsInAPathForNamesInTheRoot) {
    const World world;
    world.root().placeLink("/usr/lib/../../../outside/a", "b");
    EXPECT_EQ(fs::read_symlink(world.path / "outside/a"), "b");
    EXPECT_TRUE(world.outsideIsUntouched());
    EXPECT_THROW(world.root().placeLink("/usr/lib/..", "b"), host::Error);
}

TEST(ContainerRoot, ReplacesALinkInThePlaceOfAFile) {
    const World world;
    world.directory.write("outside-file", "the host's");
    fs::create_symlink("../../outside-file", world.path / "usr/link");
    fs::create_symlink(world.directory.path() / "outside-file", world.path / "usr/absolute");
    for (const char* name : {"/usr/link", "/usr/absolute"}) {
        EXPECT_EQ(world.root().read(name, 100), std::nullopt);
        world.root().placeFile(name, "ours");
        EXPECT_EQ(world.root().read(name, 100), "ours");
    }
    EXPECT_EQ(host::readFile(world.directory.path() / "outside-file"), "the host's");
}

TEST(ContainerRoot, ReadsRegularFilesOnly) {
    const World world;
    ASSERT_EQ(::mkfifo((world.path / "fifo").c_str(), 0666), 0);
    EXPECT_EQ(world.root().read("/fifo", 100), std::nullopt);
    EXPECT_EQ(world.root().read("/usr", 100), std::nullopt);
    EXPECT_EQ(world.root().read("/usr/none", 100), std::nullopt);
    world.directory.write("root/usr/large", std::string(101, 'x'));
    EXPECT_THROW(static_cast<void>(world.root().read("/usr/large", 100)), host::Error);
}

TEST(ContainerRoot, TakesWhatAKilledHookLeft) {
    const World world;
    world.directory.write("root/usr/lib/.file.driverctl", "half");
    fs::create_symlink("half", world.path / "usr/lib/.link.driverctl");
    fs::create_symlink("old", world.path / "usr/lib/link");
    world.root().placeFile("/usr/lib/file", "whole");
    world.root().placeLink("/usr/lib/link", "whole");
    EXPECT_EQ(std::distance(fs::directory_iterator(world.path / "usr/lib"), {}), 2);
}

TEST(ContainerRoot, IsNotLeftWhileADirectoryAndALinkChangePlaces) {
    for (const char* target : {"../../outside", "/"}) {
        const World world;
        fs::create_directory_symlink(std::string_view(target) == "/" ? world.outside : target,
                                     world.path / "usr/trap");
        const tests::Swapper swapper(world.path / "usr/lib", world.path / "usr/trap");
        const auto root = world.root();
        int placed = 0;
        for (int round = 0; round < tests::kRounds; ++round) {
            try {
                root.placeLink("/usr/lib/link", std::to_string(round));
                root.placeFile("/usr/lib/file", std::to_string(round));
                ++placed;
            } catch (const host::SystemError&) { // it came upon the link, which leads to nothing
            }
        }
        EXPECT_GT(placed, 0);
        EXPECT_LT(placed, tests::kRounds) << "nobody swapped";
        EXPECT_TRUE(world.outsideIsUntouched());
    }
}

TEST(ContainerRoot, ReadsNothingElseWhileAFileAndALinkChangePlaces) {
    const World world;
    world.directory.write("secret", "secret");
    world.directory.write("root/usr/file", "own");
    fs::create_symlink("../../secret", world.path / "usr/trap");
    const tests::Swapper swapper(world.path / "usr/file", world.path / "usr/trap");
    const auto root = world.root();
    int read = 0;
    for (int round = 0; round < tests::kRounds; ++round) {
        const auto content = root.read("/usr/file", 100);
        read += content ? 1 : 0;
        ASSERT_EQ(content.value_or("own"), "own");
    }
    EXPECT_GT(read, 0);
    EXPECT_LT(read, tests::kRounds) << "nobody swapped";
}

} // namespace
} // namespace toolkit
