#include "host/base/atomic_file.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace host {
namespace {

namespace fs = std::filesystem;

unsigned modeOf(const fs::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

TEST(AtomicFile, AppearsWholeWithItsMode) {
    const tests::Directory directory;
    const auto path = directory.write("file", "old");
    AtomicFile file(path);
    writeAll(file.fd(), "new", "file");
    EXPECT_EQ(readFile(path), "old");
    file.commit(0640);
    EXPECT_EQ(readFile(path), "new");
    EXPECT_EQ(modeOf(path), 0640U);
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
    const tests::Directory directory;
    {
        const AtomicFile file(directory.path() / "file");
        writeAll(file.fd(), "new", "file");
    }
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(AtomicFile, TakesTheModeOfAnother) {
    const tests::Directory directory;
    const auto other = directory.write("other", "");
    fs::permissions(other, fs::perms::owner_read);
    AtomicFile file(directory.path() / "file");
    file.commitLike(other);
    EXPECT_EQ(modeOf(directory.path() / "file"), 0400U);
}

TEST(AtomicFile, DirectoryThatIsNotThereIsAnError) {
    EXPECT_THROW(AtomicFile("/does/not/exist"), SystemError);
}

} // namespace
} // namespace host
