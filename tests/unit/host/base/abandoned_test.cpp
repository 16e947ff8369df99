#include "host/base/abandoned.h"

#include "host/base/atomic_file.h"
#include "host/base/file.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kPrefix = "driverctl-";

std::vector<std::string> namesIn(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
}

/// Runs `body` in a child that is killed when it comes back.
void killAfter(const std::function<void()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        body();
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(Abandoned, KilledAtomicFileLeavesNothing) {
    const tests::Directory directory;
    killAfter([&] {
        auto* const file = new AtomicFile(directory.path() / "archive");
        writeAll(file->fd(), std::string(1 << 20, 'x'), "archive");
    });
    EXPECT_THAT(namesIn(directory.path()), IsEmpty());
}

TEST(Abandoned, NextDirectoryRemovesThatOfAKilledProcess) {
    const tests::Directory directory;
    killAfter([&] { new TempDir(directory.path(), kPrefix); });
    ASSERT_THAT(namesIn(directory.path()), testing::SizeIs(1));
    const auto left = directory.path() / namesIn(directory.path()).front();
    std::ofstream(left / "large") << "x";
    const TempDir next(directory.path(), kPrefix);
    EXPECT_THAT(namesIn(directory.path()), ElementsAre(next.path().filename().string()));
}

TEST(Abandoned, WhatIsInUseStays) {
    const tests::Directory directory;
    const TempDir first(directory.path(), kPrefix);
    const TempDir second(directory.path(), kPrefix);
    EXPECT_TRUE(std::filesystem::exists(first.path()));
    EXPECT_TRUE(std::filesystem::exists(second.path()));
}

TEST(Abandoned, NamesThatOthersGiveStay) {
    const tests::Directory directory;
    const std::vector<std::string> names = {"driverctl-",          "driverctl-backup",
                                            "driverctl-tmp-12345", "driverctl-tmp-1234567",
                                            "driverctl-tmp-a.b.c", "x.tar.backup"};
    for (const auto& name : names) {
        directory.write(name, "mine");
    }
    std::filesystem::create_symlink("/etc/passwd", directory.path() / "driverctl-tmp-link01");
    ASSERT_EQ(::mkfifo((directory.path() / "driverctl-tmp-fifo01").c_str(), 0600), 0);
    removeAbandoned(directory.path(), kPrefix);
    EXPECT_EQ(namesIn(directory.path()).size(), names.size() + 2);
    directory.write("driverctl-tmp-AbC123", "ours");
    removeAbandoned(directory.path(), kPrefix);
    EXPECT_EQ(namesIn(directory.path()).size(), names.size() + 2);
}

TEST(AtomicFile, AppearsWithModeAndContentOrNotAtAll) {
    const tests::Directory directory;
    const auto path = directory.path() / "f";
    {
        const AtomicFile file(path);
        writeAll(file.fd(), "half", "f");
    }
    EXPECT_THAT(namesIn(directory.path()), IsEmpty());
    directory.write("other", "");
    std::filesystem::permissions(directory.path() / "other", std::filesystem::perms(0600));
    AtomicFile file(path);
    writeAll(file.fd(), "whole", "f");
    file.commitLike(directory.path() / "other");
    EXPECT_EQ(readFile(path), "whole");
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
    EXPECT_THAT(namesIn(directory.path()), ElementsAre("f", "other"));
}

} // namespace
} // namespace host
