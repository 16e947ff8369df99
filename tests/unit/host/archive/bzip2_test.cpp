#include "host/archive/bzip2.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace host {
namespace {

constexpr std::size_t kZeros = 8 << 20; ///< between two pieces of text

class Bzip2 : public testing::Test {
  protected:
    Bzip2() {
        std::string text;
        for (int i = 0; i < 50'000; ++i) {
            text += std::to_string(i) + "\n";
        }
        content = text + std::string(kZeros, '\0') + text;
        directory.write("image", content);
        runChecked({.argv = {"lbzip2", "--keep", (directory.path() / "image").string()}});
        compressed = readFile(directory.path() / "image.bz2");
    }

    void decompress(std::string_view input) const {
        decompressBzip2(directory.write("input.bz2", input), output, {});
    }

    /// Refused, and nothing is there that somebody could take for the image.
    void expectRefusal(std::string_view input) const {
        EXPECT_THROW(decompress(input), Error);
        EXPECT_FALSE(std::filesystem::exists(output));
    }

    tests::Directory directory;
    std::string content;
    std::string compressed;
    std::filesystem::path output = directory.path() / "output";
};

TEST_F(Bzip2, GivesTheBytesAndLeavesHoles) {
    const auto files = std::distance(std::filesystem::directory_iterator(directory.path()), {});
    std::uint64_t written = 0;
    decompressBzip2(directory.path() / "image.bz2", output,
                    {.onProgress = [&](std::uint64_t bytes) { written = bytes; }});
    EXPECT_EQ(readFile(output), content);
    EXPECT_EQ(written, content.size());
    struct stat status {};
    ASSERT_EQ(::stat(output.c_str(), &status), 0);
    constexpr std::size_t kUnit = 512; // of st_blocks
    EXPECT_LT(static_cast<std::size_t>(status.st_blocks) * kUnit, content.size() - kZeros / 2);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), files + 1);
}

TEST_F(Bzip2, NeedsNoSearchPath) {
    const std::string before = ::getenv("PATH");
    ::setenv("PATH", directory.path().c_str(), 1);
    EXPECT_NO_THROW(decompress(compressed));
    ::setenv("PATH", before.c_str(), 1);
    EXPECT_EQ(readFile(output), content);
}

TEST_F(Bzip2, DamageIsRefused) {
    expectRefusal("");
    expectRefusal("no bzip2");
    expectRefusal(std::string_view(compressed).substr(0, compressed.size() - 1));
    expectRefusal(std::string_view(compressed).substr(0, compressed.size() / 2));
    std::string flipped = compressed;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    expectRefusal(flipped);
}

} // namespace
} // namespace host
