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

/// Of what shall be mounted.
struct stat statusOf(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status;
}

TEST(MountPoint, IsMadeWhereNothingIs) {
    const World world;
    const auto library = statusOf(world.directory.write("libcuda.so.1", "library"));
    EXPECT_TRUE(world.root().mountPoint("/usr/lib/new/libcuda.so.1", library));
    EXPECT_EQ(host::readFile(world.path / "usr/lib/new/libcuda.so.1"), "");
    EXPECT_TRUE(world.root().mountPoint("/tmp/mps", statusOf(world.outside)));
    EXPECT_TRUE(fs::is_directory(world.path / "tmp/mps"));
    EXPECT_FALSE(world.root().mountPoint("/usr/lib", statusOf(world.path / "usr/lib")))
        << "is there already";
}

struct Place {
    const char* name;
    void (*lay)(const World& world, const fs::path& at);
    bool isDirectory; ///< what shall be mounted
    int refusal;      ///< 0: it is taken as it is
};

class Places : public testing::TestWithParam<Place> {};

TEST_P(Places, AreTakenOrRefusedAndStay) {
    const World world;
    const auto& [name, lay, isDirectory, refusal] = GetParam();
    const auto at = world.path / "usr/lib/place";
    lay(world, at);
    struct stat before {};
    ASSERT_EQ(::lstat(at.c_str(), &before), 0);
    const auto what =
        statusOf(isDirectory ? world.outside : world.directory.write("library", "library"));
    try {
        EXPECT_TRUE(world.root().mountPoint("/usr/lib/place", what));
        EXPECT_EQ(refusal, 0);
    } catch (const host::SystemError& error) {
        EXPECT_EQ(error.code(), refusal) << error.what();
    }
    struct stat after {};
    ASSERT_EQ(::lstat(at.c_str(), &after), 0);
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_mode, before.st_mode);
    EXPECT_TRUE(world.outsideIsUntouched());
}

INSTANTIATE_TEST_SUITE_P(
    Traps, Places,
    testing::Values(
        Place{"File",
              [](const World& world, const fs::path&) {
                  world.directory.write("root/usr/lib/place", "the image's");
              },
              false, 0},
        Place{"Fifo", [](const World&, const fs::path& at) { ::mkfifo(at.c_str(), 0666); }, false,
              0},
        Place{"FifoForADirectory",
              [](const World&, const fs::path& at) { ::mkfifo(at.c_str(), 0666); }, true, ENOTDIR},
        Place{"Directory", [](const World&, const fs::path& at) { fs::create_directory(at); },
              false, EISDIR},
        Place{"AbsoluteLink",
              [](const World& world, const fs::path& at) {
                  fs::create_symlink(world.outside / "file", at);
              },
              false, ELOOP},
        Place{"LinkToADirectory",
              [](const World& world, const fs::path& at) {
                  fs::create_directory_symlink(world.outside, at);
              },
              true, ELOOP},
        Place{"LinkWithin",
              [](const World&, const fs::path& at) { fs::create_symlink("other", at); }, false,
              ELOOP}),
    [](const auto& test) { return test.param.name; });

/// What the descriptor leads to, as the kernel names it.
fs::path pathOf(const host::Fd& place) {
    return fs::read_symlink(place.procPath());
}

TEST(MountPoint, LiesInTheRootWhileADirectoryAndALinkChangePlaces) {
    const World world;
    const auto library = statusOf(world.directory.write("library", "library"));
    fs::create_directory_symlink(world.outside, world.path / "usr/trap");
    const tests::Swapper swapper(world.path / "usr/lib", world.path / "usr/trap");
    const auto root = world.root();
    int found = 0;
    for (int round = 0; round < tests::kRounds; ++round) {
        try {
            const auto place = root.mountPoint("/usr/lib/libcuda.so.1", library);
            ASSERT_TRUE(pathOf(place).string().starts_with(world.path.string()));
            ++found;
        } catch (const host::SystemError&) { // it came upon the link, which leads to nothing
        }
    }
    EXPECT_GT(found, 0);
    EXPECT_LT(found, tests::kRounds) << "nobody swapped";
    EXPECT_TRUE(world.outsideIsUntouched());
}

TEST(MountPoint, IsNoLinkWhileAFileAndALinkChangePlaces) {
    const World world;
    const auto library = statusOf(world.directory.write("library", "library"));
    world.directory.write("root/usr/lib/libcuda.so.1", "");
    fs::create_symlink(world.outside / "file", world.path / "usr/trap");
    const tests::Swapper swapper(world.path / "usr/lib/libcuda.so.1", world.path / "usr/trap");
    const auto root = world.root();
    int refused = 0;
    for (int round = 0; round < tests::kRounds; ++round) {
        try {
            const auto place = root.mountPoint("/usr/lib/libcuda.so.1", library);
            struct stat status {};
            ASSERT_EQ(::fstat(place.get(), &status), 0);
            ASSERT_TRUE(S_ISREG(status.st_mode));
        } catch (const host::SystemError& error) {
            ASSERT_EQ(error.code(), ELOOP) << error.what();
            ++refused;
        }
    }
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, tests::kRounds) << "nobody swapped";
    EXPECT_TRUE(world.outsideIsUntouched());
}

} // namespace
} // namespace toolkit
