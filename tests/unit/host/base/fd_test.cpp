#include "host/base/fd.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {
namespace {

bool isOpen(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesWhatItOwnsOnce) {
    int number = -1;
    {
        Fd first = openFile("/dev/null", O_RDONLY);
        number = first.get();
        EXPECT_EQ(::fcntl(number, F_GETFD), FD_CLOEXEC);
        const Fd second = std::move(first);
        EXPECT_FALSE(first); // NOLINT(bugprone-use-after-move): empty is what it has to be
        EXPECT_EQ(second.get(), number);
    }
    EXPECT_FALSE(isOpen(number));
}

TEST(Fd, AssignmentClosesTheOldOneAndReleaseNothing) {
    Fd file = openFile("/dev/null", O_RDONLY);
    const int old = file.get();
    file = openFile("/dev/null", O_RDONLY);
    EXPECT_FALSE(isOpen(old) && old != file.get());
    const int released = file.release();
    EXPECT_FALSE(file);
    EXPECT_TRUE(isOpen(released));
    ::close(released);
}

TEST(OpenFile, FailureNamesThePath) {
    EXPECT_THAT([] { openFile("/does/not/exist", O_RDONLY); },
                testing::ThrowsMessage<SystemError>(
                    "cannot open /does/not/exist: No such file or directory"));
}

TEST(WriteAll, WritesBehindWhatIsThereAndNamesTheObject) {
    const tests::Directory directory;
    const Fd file = openFile(directory.write("file", ""), O_WRONLY);
    writeAll(file.get(), "some", "the file");
    writeAll(file.get(), " text", "the file");
    EXPECT_EQ(readFile(directory.path() / "file"), "some text");
    EXPECT_THAT([] { writeAll(-1, "x", "the file"); },
                testing::ThrowsMessage<SystemError>(testing::StartsWith("cannot write the file")));
}

/// In a child, as it closes descriptors.
TEST(StandardDescriptors, ThatAreClosedAreOpenedOnNull) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
        ::close(STDERR_FILENO);
        const bool output = openStandardDescriptors();
        const int next = ::open("/dev/zero", O_RDONLY | O_CLOEXEC); // NOLINT(*-vararg)
        std::error_code error;
        bool null = true;
        for (const char* name : {"0", "1", "2"}) {
            const auto link = std::filesystem::path("/proc/self/fd") / name;
            null = null && std::filesystem::read_symlink(link, error) == "/dev/null";
        }
        ::_exit(!output && null && next > STDERR_FILENO ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(openStandardDescriptors()) << "here all are open";
}

} // namespace
} // namespace host
