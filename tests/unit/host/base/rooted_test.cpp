#include "host/base/rooted.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

/// A root with a library behind absolute links, as Debian's alternatives have it, and a secret that
/// lies beside the root.
class RootedTest : public testing::Test {
  protected:
    void link(const std::filesystem::path& target, const std::filesystem::path& name) const {
        const auto place = directory.path() / "root" / name;
        std::filesystem::create_directories(place.parent_path());
        std::filesystem::create_symlink(target, place);
    }
    [[nodiscard]] std::filesystem::path fill() const {
        directory.write("secret", "outside");
        directory.write("root/secret", "inside");
        directory.write("root/usr/lib/libcuda.so.535", "library");
        link("usr/lib", "lib");
        link("/etc/alternatives/cuda", "usr/lib/libcuda.so.1");
        link("/lib/libcuda.so.535", "etc/alternatives/cuda");
        return directory.path() / "root";
    }
    tests::Directory directory;
    Rooted root{fill()};
};

TEST_F(RootedTest, LinksAreResolvedInside) {
    constexpr std::size_t kLimit = 100;
    for (const char* path : {"/usr/lib/libcuda.so.535", "usr/lib/libcuda.so.535",
                             "/lib/libcuda.so.1", "etc/alternatives/cuda"}) {
        EXPECT_THAT(root.resolve(path), Optional(std::filesystem::path("/usr/lib/libcuda.so.535")));
        EXPECT_THAT(root.read(path, kLimit), Optional(std::string("library")));
        EXPECT_TRUE(root.exists(path));
    }
    EXPECT_THAT(root.resolve("/"), Optional(std::filesystem::path("/")));
}

TEST_F(RootedTest, NothingLeadsOut) {
    link("../../../../secret", "up");
    link(directory.path() / "secret", "absolute");
    link("/proc/self/root/etc/passwd", "magic");
    EXPECT_THAT(root.read("up", SIZE_MAX), Optional(std::string("inside")));
    EXPECT_THAT(root.read("../../secret", SIZE_MAX), Optional(std::string("inside")));
    EXPECT_FALSE(root.exists("absolute"));
    EXPECT_FALSE(root.exists("magic"));
    const Rooted host("/");
    EXPECT_FALSE(host.exists("/proc/self/root/etc/passwd")) << "a magic link";
}

TEST_F(RootedTest, WhatIsNotThereIsNothing) {
    link("circle", "circle");
    link("nowhere", "dangling");
    for (const char* path : {"missing", "secret/below", "circle", "dangling"}) {
        EXPECT_FALSE(root.exists(path)) << path;
        EXPECT_EQ(root.resolve(path), std::nullopt) << path;
        EXPECT_EQ(root.read(path, SIZE_MAX), std::nullopt) << path;
        EXPECT_THAT(root.names(path), IsEmpty()) << path;
        EXPECT_THROW(static_cast<void>(root.open(path, O_RDONLY)), SystemError) << path;
    }
}

TEST_F(RootedTest, DirectoriesAreListedInOrder) {
    EXPECT_THAT(root.names("/lib"), ElementsAre("libcuda.so.1", "libcuda.so.535"));
    EXPECT_THAT(root.names("/"), ElementsAre("etc", "lib", "secret", "usr"));
}

TEST_F(RootedTest, ADirectoryOfMoreNamesThanTheLimitIsRefused) {
    EXPECT_THAT(root.names("/", 4), ElementsAre("etc", "lib", "secret", "usr"));
    EXPECT_THAT(
        [&] { static_cast<void>(root.names("/lib", 1)); },
        testing::ThrowsMessage<Error>((root.path() / "lib").string() + " has more than 1 names"));
}

TEST_F(RootedTest, StaysTheDirectoryThatItWas) {
    std::filesystem::rename(directory.path() / "root", directory.path() / "moved");
    directory.write("root/secret", "another");
    EXPECT_THAT(root.read("secret", SIZE_MAX), Optional(std::string("inside")));
    EXPECT_THAT(root.resolve("lib"), Optional(std::filesystem::path("/usr/lib")));
}

TEST_F(RootedTest, APipeStopsNobody) {
    ASSERT_EQ(::mkfifo((directory.path() / "root/pipe").c_str(), 0600), 0);
    EXPECT_THAT(root.read("pipe", SIZE_MAX), Optional(std::string()));
}

TEST_F(RootedTest, FilesAreMadeInside) {
    link("/", "up");
    const Fd made = root.open("up/made", O_WRONLY | O_CREAT | O_EXCL, 0600);
    EXPECT_TRUE(made);
    EXPECT_TRUE(std::filesystem::exists(directory.path() / "root/made"));
    EXPECT_EQ(root.onHost("/made"), directory.path() / "root/made");
}

TEST_F(RootedTest, ErrorsNameThePathOnTheHost) {
    try {
        static_cast<void>(root.open("/etc/none", O_RDONLY));
        FAIL();
    } catch (const SystemError& error) {
        EXPECT_EQ(error.code(), ENOENT);
        EXPECT_THAT(error.what(), testing::HasSubstr((root.path() / "etc/none").string()));
    }
    EXPECT_THROW(Rooted(directory.path() / "none"), SystemError);
    EXPECT_THROW(static_cast<void>(root.read("usr/lib/libcuda.so.535", 3)), Error);
}

TEST_F(RootedTest, LinkIsReadAndNotFollowed) {
    link("/none/there", "link");
    const Fd directory = openFile(root.path(), O_PATH | O_DIRECTORY);
    EXPECT_THAT(linkIn(directory, "link"), Optional(std::string("/none/there")));
    EXPECT_EQ(linkIn(directory, "secret"), std::nullopt);
    EXPECT_EQ(linkIn(directory, "none"), std::nullopt);
}

} // namespace
} // namespace host
