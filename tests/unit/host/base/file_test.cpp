#include "host/base/file.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace host {
namespace {

TEST(ReadFile, NamesTheMissingFileAndTheCause) {
    try {
        readFile("/does/not/exist");
        FAIL();
    } catch (const SystemError& error) {
        EXPECT_STREQ(error.what(), "cannot open /does/not/exist: No such file or directory");
        EXPECT_EQ(error.code(), ENOENT);
    }
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
    const tests::Directory directory;
    const auto file = directory.write("f", std::string(100, 'x'));
    EXPECT_EQ(readFile(file, 100).size(), 100U);
    EXPECT_THROW(readFile(file, 99), Error);
}

TEST(RegularFile, NothingElseIsReadNorWaitedFor) {
    const tests::Directory directory;
    const auto pipe = directory.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const auto& other : {pipe, directory.path(), std::filesystem::path("/dev/null")}) {
        const auto refusal = testing::ThrowsMessage<Error>(other.string() + " is no regular file");
        EXPECT_THAT([&] { readRegularFile(other, 100); }, refusal);
        EXPECT_THAT([&] { readRegularFileIfExists(other, 100); }, refusal);
    }
    EXPECT_THROW(openRegularFile(pipe, O_RDWR | O_CREAT), Error);
    EXPECT_EQ(readRegularFileIfExists(directory.path() / "missing", 100), std::nullopt);
    EXPECT_THROW(readRegularFile(directory.path() / "missing", 100), SystemError);
    const auto file = directory.write("f", "text");
    std::filesystem::create_symlink(file, directory.path() / "link");
    EXPECT_EQ(readRegularFile(directory.path() / "link", 4), "text");
    EXPECT_EQ(readRegularFileIfExists(file, 4), "text");
    EXPECT_THROW(readRegularFile(file, 3), Error);
}

TEST(ReadLine, TrimsAndKnowsAbsence) {
    const tests::Directory directory;
    EXPECT_EQ(readLineIfExists(directory.write("f", " live\n")), "live");
    EXPECT_EQ(readLineIfExists(directory.write("empty", "\n")), "");
    EXPECT_EQ(readLineIfExists(directory.path() / "missing"), std::nullopt);
    EXPECT_EQ(readLineIfExists(directory.path() / "f/below-a-file"), std::nullopt);
}

TEST(ReadLine, OfARegularFileIsShort) {
    const tests::Directory directory;
    EXPECT_EQ(readRegularLineIfExists(directory.write("f", " 4711\n")), "4711");
    EXPECT_EQ(readRegularLineIfExists(directory.path() / "missing"), std::nullopt);
    EXPECT_EQ(readRegularLineIfExists(directory.write("f", std::string(4096, 'x')))->size(), 4096U);
    EXPECT_THROW(readRegularLineIfExists(directory.write("f", std::string(4097, ' '))), Error);
    EXPECT_THROW(readRegularLineIfExists("/dev/null"), Error);
}

TEST(WriteFileAtomic, ReplacesContentAndModeAndLeavesNothingElse) {
    const tests::Directory directory;
    const auto file = directory.write("f", "old");
    writeFileAtomic(file, "new", 0640);
    EXPECT_EQ(readFile(file), "new");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(WriteFileAtomic, FailureKeepsTheOldFile) {
    const tests::Directory directory;
    std::filesystem::create_directory(directory.path() / "target");
    EXPECT_THROW(writeFileAtomic(directory.path() / "target", "x"), SystemError);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(ReplaceFile, ModeAndLinkStay) {
    namespace fs = std::filesystem;
    const tests::Directory directory;
    const auto file = directory.write("f", "old");
    const auto link = directory.path() / "link";
    fs::permissions(file, fs::perms(0600));
    fs::create_symlink("f", link);
    replaceFile(link, "new");
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(readFile(file), "new");
    EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
    replaceFile(directory.path() / "fresh", "x");
    EXPECT_EQ(readFile(directory.path() / "fresh"), "x");
    fs::create_symlink("loop", directory.path() / "loop");
    EXPECT_THROW(replaceFile(directory.path() / "loop", "x"), SystemError);
}

TEST(TempDir, IsGoneWithItsOwner) {
    std::filesystem::path path;
    {
        const TempDir directory(std::filesystem::temp_directory_path(), "driverctl-test-");
        path = directory.path();
        std::ofstream(path / "f") << "x";
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

/// With a mapping that would be a SIGBUS.
TEST(ReadPieces, FileThatIsTruncatedMeanwhileJustEnds) {
    const tests::Directory directory;
    const auto file = directory.write("f", std::string(4 << 20, 'x'));
    std::size_t size = 0;
    readPieces(openFile(file, O_RDONLY), "f", [&](std::span<const std::byte> piece) {
        size += piece.size();
        std::filesystem::resize_file(file, 0);
    });
    EXPECT_LT(size, 4U << 20);
}

TEST(CopyFileAtomic, CopiesAlsoWhatIsEmpty) {
    const tests::Directory directory;
    const auto to = directory.path() / "to";
    for (const std::string& content : {std::string(300'000, 'x'), std::string()}) {
        copyFileAtomic(directory.write("from", content), to);
        EXPECT_EQ(readFile(to), content);
    }
}

TEST(Context, PutsTheNounBeforeAndKeepsFaultAndRemedy) {
    try {
        context("release 1", []() -> int { throw Error(Fault::Verification, "bad", "Do it."); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "release 1: bad");
        EXPECT_EQ(error.fault(), Fault::Verification);
        EXPECT_EQ(error.remedy(), "Do it.");
    }
}

} // namespace
} // namespace host
