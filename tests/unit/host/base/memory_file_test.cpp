#include "host/base/memory_file.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace host {
namespace {

TEST(MemoryFile, DescriptorHasTheBytesThatWereFilledIn) {
    Fd file;
    {
        MemoryFile memory("module", 6);
        std::memcpy(memory.bytes().data(), "bytes", 5);
        file = memory.take();
    }
    EXPECT_EQ(readFile(file.procPath()), std::string("bytes\0", 6));
}

TEST(MemoryFile, SizeThatNoFileHasIsAnErrorThatNamesIt) {
    EXPECT_THAT([] { MemoryFile("module", 1ULL << 63); },
                testing::ThrowsMessage<SystemError>(
                    testing::StartsWith("cannot allocate memory for module")));
}

TEST(MemoryFileWithoutSize, Grows) {
    const Fd file = memoryFile("text");
    writeAll(file.get(), "some", "text");
    writeAll(file.get(), " text", "text");
    EXPECT_EQ(readFile(file.procPath()), "some text");
}

class SealedCopy : public testing::Test {
  protected:
    [[nodiscard]] Fd source() const {
        return openFile(directory.write("true", "#!/bin/true\n"), O_RDONLY);
    }
    tests::Directory directory;
};

TEST_F(SealedCopy, CanBeReadAndExecutedAndNotChanged) {
    const Fd file = sealedCopy("program", source(), SIZE_MAX);
    EXPECT_EQ(readFile(file.procPath()), "#!/bin/true\n");
    EXPECT_EQ(::access(file.procPath().c_str(), X_OK), 0);
    EXPECT_EQ(::pwrite(file.get(), "x", 1, 0), -1);
    EXPECT_EQ(::ftruncate(file.get(), 0), -1);
    EXPECT_EQ(::fcntl(file.get(), F_ADD_SEALS, 0), -1);
    const Fd again(::open(file.procPath().c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(::write(again.get(), "x", 1), -1) << "nor by way of /proc";
}

TEST_F(SealedCopy, LargerOnesThanWantedAreNamed) {
    EXPECT_THAT([&] { static_cast<void>(sealedCopy("program", source(), 3)); },
                testing::ThrowsMessage<Error>("program is larger than 3 bytes"));
}

} // namespace
} // namespace host
