#include "precompile/installer/staging.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace precompile {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

void add(Staging& staging, const fs::path& place, std::string_view content, unsigned mode = 0644) {
    staging.addFile({.place = place, .member = "m", .mode = mode, .size = content.size()},
                    [&](const host::MemberSink& sink) { sink(std::as_bytes(std::span(content))); });
}

/// "755 usr/bin/a", "usr/bin/b -> a"
std::vector<std::string> treeOf(const fs::path& root) {
    std::vector<std::string> lines;
    for (const auto& path : host::entriesBelow(root)) {
        const auto name = path.lexically_relative(root).string();
        struct stat status {};
        ::lstat(path.c_str(), &status);
        lines.push_back(S_ISLNK(status.st_mode)
                            ? fmt::format("{} -> {}", name, fs::read_symlink(path).string())
                            : fmt::format("{:o} {}", status.st_mode & 07777, name));
    }
    return lines;
}

TEST(StagingTest, NothingHasItsPlaceUntilItIsMoved) {
    const tests::Directory root;
    {
        Staging staging(root.path());
        add(staging, "usr/bin/a", "a", 0755);
        staging.addLink({"usr/bin/b", "a"});
        add(staging, "usr/src/x/y", "y");
        EXPECT_FALSE(fs::exists(root.path() / "usr"));
        staging.sync();
        staging.move("usr/bin/b");
        staging.move("usr/src/x");
    }
    EXPECT_THAT(treeOf(root.path()),
                ElementsAre("755 usr", "755 usr/bin", "usr/bin/b -> a", "755 usr/src",
                            "755 usr/src/x", "644 usr/src/x/y"));
}

TEST(StagingTest, LinksOfTheRootAreFollowedInsideIt) {
    const tests::Directory root;
    fs::create_directories(root.path() / "real/usr");
    fs::create_symlink("/real/usr", root.path() / "usr");
    fs::create_symlink("../../../../../bin-of-it", root.path() / "real/usr/bin");
    fs::create_directory(root.path() / "bin-of-it");
    Staging staging(root.path());
    add(staging, "usr/bin/a", "a");
    staging.move("usr/bin/a");
    EXPECT_EQ(host::readFile(root.path() / "bin-of-it/a"), "a");
}

struct Present {
    const char* what;  ///< the root has, which gets "usr/bin/a" with "new" and the link "b" to it
    const char* cause; ///< empty: is accepted
};

class PresentFile : public testing::TestWithParam<Present> {};

TEST_P(PresentFile, IsTheSameOrRefused) {
    const tests::Directory root;
    const auto bin = root.path() / "usr/bin";
    fs::create_directories(bin);
    const std::string what = GetParam().what;
    if (what == "same") {
        root.write("usr/bin/a", "new");
        fs::create_symlink("a", bin / "b");
    } else if (what == "other content") {
        root.write("usr/bin/a", "old");
    } else if (what == "link for file") {
        fs::create_symlink("/etc/passwd", bin / "a");
    } else if (what == "file for link") {
        root.write("usr/bin/b", "new");
    } else if (what == "other link") {
        fs::create_symlink("c", bin / "b");
    } else if (what == "directories") {
        fs::create_directories(bin / "a");
        fs::create_directories(bin / "b");
    }
    Staging staging(root.path());
    add(staging, "usr/bin/a", "new");
    staging.addLink({"usr/bin/b", "a"});
    const auto require = [&] { staging.requireSameOrNothing({"usr/bin/a", "usr/bin/b"}); };
    if (*GetParam().cause == '\0') {
        EXPECT_NO_THROW(require());
    } else {
        EXPECT_THAT(require, testing::ThrowsMessage<host::Error>(
                                 HasSubstr(fmt::format("{}/{}", bin.string(), GetParam().cause))));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, PresentFile,
    testing::Values(Present{"nothing", ""}, Present{"same", ""},
                    Present{"other content", "a is there already and is another"},
                    Present{"link for file", "a is there already"},
                    Present{"file for link", "b is there already"},
                    Present{"other link", "b is there already"},
                    Present{"directories",
                            "a is there already and is another, and so are 1 more"}));

TEST(StagingTest, WhatAKilledProcessLeftIsRemoved) {
    const tests::Directory root;
    fs::create_directories(root.path() / ".driverctl-unpack-tmp-abc123/usr");
    { const Staging staging(root.path()); }
    EXPECT_THAT(treeOf(root.path()), ElementsAre());
}

} // namespace
} // namespace precompile
