#include "host/file.h"

#include "host/error.h"
#include "tests/temporary.h"

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

TEST(ReadLine, TrimsAndKnowsAbsence) {
    const tests::Directory directory;
    EXPECT_EQ(readLineIfExists(directory.write("f", " live\n")), "live");
    EXPECT_EQ(readLineIfExists(directory.write("empty", "\n")), "");
    EXPECT_EQ(readLineIfExists(directory.path() / "missing"), std::nullopt);
    EXPECT_EQ(readLineIfExists(directory.path() / "f/below-a-file"), std::nullopt);
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

TEST(FileMapping, ShowsTheBytesAndAcceptsAnEmptyFile) {
    const tests::Directory directory;
    const FileMapping mapping(directory.write("f", "abc"));
    ASSERT_EQ(mapping.bytes().size(), 3U);
    EXPECT_EQ(mapping.bytes()[2], std::byte{'c'});
    EXPECT_TRUE(FileMapping(directory.write("empty", "")).bytes().empty());
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
