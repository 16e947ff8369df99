#include "host/archive/sparse_file.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMiB = 1 << 20;

std::span<const std::byte> bytesOf(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// "position:length" of every block, in order.
std::vector<std::string> blocksOf(const fs::path& file) {
    std::vector<std::string> blocks;
    SparseReader(file).read([&](std::uint64_t position, std::span<const std::byte> block) {
        blocks.push_back(std::to_string(position) + ":" + std::to_string(block.size()));
    });
    return blocks;
}

TEST(SparseWriter, GivesTheBytesAndLeavesHoles) {
    const tests::Directory directory;
    const auto file = directory.path() / "image";
    const std::string content = "start" + std::string(4 * kMiB, '\0') + "end" + std::string(9, 0);
    SparseWriter writer(file);
    writer.write(bytesOf(content));
    EXPECT_FALSE(fs::exists(file)) << "before it is finished";
    writer.finish();
    EXPECT_EQ(readFile(file), content);
    EXPECT_EQ(writer.size(), content.size());
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    constexpr std::size_t kUnit = 512; // of st_blocks
    EXPECT_LT(static_cast<std::size_t>(status.st_blocks) * kUnit, kMiB);
}

TEST(SparseWriter, LeavesNothingWhenItIsGivenUp) {
    const tests::Directory directory;
    { SparseWriter(directory.path() / "image").write(bytesOf("start")); }
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(SparseReader, BlocksAreInOrderAndWithoutTheZeros) {
    const tests::Directory directory;
    const auto file = directory.write("image", std::string(kMiB + 1, 'x'));
    fs::resize_file(file, 8 * kMiB + 5);
    EXPECT_THAT(blocksOf(file), testing::ElementsAre("0:1048576", "1048576:1048576"));
    EXPECT_THAT(blocksOf(directory.write("zeros", std::string(3 * kMiB, '\0'))),
                testing::IsEmpty());
    EXPECT_THAT(blocksOf(directory.write("small", "x")), testing::ElementsAre("0:1"));
    EXPECT_THAT(blocksOf(directory.write("empty", "")), testing::IsEmpty());
}

TEST(SparseReader, WhatCannotBeReadIsNoFileOfHoles) {
    EXPECT_THROW(blocksOf("/dev/shm"), Error);
    EXPECT_THROW(blocksOf("/does/not/exist"), SystemError);
}

/// Whether data or holes followed where it was cut.
TEST(SparseReader, FileThatBecomesShorterIsAnError) {
    for (const char following : {'x', '\0'}) {
        const tests::Directory directory;
        const auto file =
            directory.write("image", std::string(kMiB, 'x') + std::string(kMiB, following));
        EXPECT_THAT(
            [&] { SparseReader(file).read([&](auto, auto) { fs::resize_file(file, 10); }); },
            testing::ThrowsMessage<Error>(
                testing::HasSubstr("image became shorter while it was read")));
    }
}

} // namespace
} // namespace host
