#include "host/base/memory_file.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

} // namespace
} // namespace host
