#include "host/base/file_lock.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace host {
namespace {

namespace fs = std::filesystem;

class LockedFile : public testing::Test {
  protected:
    tests::Directory directory_;
    const fs::path file_ = directory_.write("lock", "");
    [[nodiscard]] Fd open() const { return openFile(file_, O_RDWR); }
};

TEST_F(LockedFile, ExcludesAnotherDescriptorUntilItsOwnerDies) {
    {
        const FileLock mine(open(), "the file");
        EXPECT_FALSE(FileLock::tryLock(open(), "the file"));
        EXPECT_FALSE(FileLock::tryLock(open(), "the file", FileLock::Kind::Shared));
    }
    EXPECT_TRUE(FileLock::tryLock(open(), "the file"));
}

TEST_F(LockedFile, IsSharedByThoseWhoAskForThat) {
    const auto first = FileLock::tryLock(open(), "the file", FileLock::Kind::Shared);
    EXPECT_TRUE(FileLock::tryLock(open(), "the file", FileLock::Kind::Shared));
    EXPECT_FALSE(FileLock::tryLock(open(), "the file"));
}

TEST_F(LockedFile, WaitIsEndedByWhatTheCallerThrows) {
    const FileLock others(open(), "the file");
    int asked = 0;
    EXPECT_THROW(FileLock(open(), "the file",
                          [&asked] {
                              if (++asked == 2) {
                                  throw std::runtime_error("a signal");
                              }
                          }),
                 std::runtime_error);
    EXPECT_EQ(asked, 2);
}

TEST_F(LockedFile, WaitEndsWhenTheOtherGoes) {
    std::optional<FileLock> others(std::in_place, open(), "the file");
    const FileLock mine(open(), "the file", [&others] { others.reset(); });
    EXPECT_FALSE(FileLock::tryLock(open(), "the file"));
}

TEST_F(LockedFile, WaitWithoutQuestionsEndsWhenTheOtherGoes) {
    std::optional<FileLock> others(std::in_place, open(), "the file");
    std::thread other([&others] { others.reset(); });
    const FileLock mine(open(), "the file");
    other.join();
    EXPECT_FALSE(FileLock::tryLock(open(), "the file"));
}

TEST_F(LockedFile, KnowsWhetherThePathStillLeadsToIt) {
    const FileLock lock(open(), "the file");
    EXPECT_TRUE(lock.isOf(file_));
    fs::remove(file_);
    EXPECT_FALSE(lock.isOf(file_));
    directory_.write("lock", "");
    EXPECT_FALSE(lock.isOf(file_));
}

TEST(FileLock, DescriptorThatIsNoneIsAnErrorThatNamesTheObject) {
    EXPECT_THAT([] { FileLock(Fd(), "the store"); },
                testing::ThrowsMessage<SystemError>(testing::StartsWith("cannot lock the store")));
}

} // namespace
} // namespace host
