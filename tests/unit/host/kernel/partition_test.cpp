#include "host/kernel/partition.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// A GPT with one partition, number 9, named ROOT, at 1 MiB, 4 MiB long.
std::filesystem::path makeImage(const tests::Directory& directory) {
    const auto image = directory.write("disk", "");
    std::filesystem::resize_file(image, 8 * kMiB);
    const std::string script = "printf 'label: gpt\\n9: start=2048, size=8192, name=ROOT\\n' | "
                               "PATH=$PATH:/usr/sbin:/sbin sfdisk --quiet \"$0\"";
    runChecked({.argv = {"sh", "-c", script, image.string()}});
    return image;
}

TEST(Partitions, NumberRangeNameAndFilesystem) {
    const tests::Directory directory;
    const auto image = makeImage(directory);
    const std::string script = "PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -L ROOT "
                               "-E offset=1048576 \"$0\" 4M";
    runChecked({.argv = {"sh", "-c", script, image.string()}});
    const auto partitions = readPartitions(image);
    ASSERT_EQ(partitions.size(), 1U);
    EXPECT_EQ(partitions[0].number, 9);
    EXPECT_EQ(partitions[0].offset, kMiB);
    EXPECT_EQ(partitions[0].size, 4 * kMiB);
    EXPECT_EQ(partitions[0].name, "ROOT");
    EXPECT_EQ(partitions[0].label, "ROOT");
    EXPECT_EQ(partitions[0].filesystem, "ext4");
}

TEST(Partitions, UnformattedPartitionHasNoLabelAndNoFilesystem) {
    const tests::Directory directory;
    const auto partitions = readPartitions(makeImage(directory));
    ASSERT_EQ(partitions.size(), 1U);
    EXPECT_EQ(partitions[0].label, "");
    EXPECT_EQ(partitions[0].filesystem, "");
}

TEST(Partitions, TruncatedImageIsAnErrorThatSaysSo) {
    const tests::Directory directory;
    const auto image = makeImage(directory);
    std::filesystem::resize_file(image, 3 * kMiB);
    EXPECT_THAT([&] { readPartitions(image); },
                testing::ThrowsMessage<Error>(testing::HasSubstr("truncated")));
}

TEST(Partitions, FileWithoutATableIsAnErrorThatNamesIt) {
    const tests::Directory directory;
    const auto file = directory.write("plain", std::string(kMiB, '\0'));
    EXPECT_THAT([&] { readPartitions(file); },
                testing::ThrowsMessage<Error>(testing::HasSubstr(file.string())));
}

} // namespace
} // namespace host
