#include "host/base/directories.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

TEST(MakeDirectories, MakesWhatIsMissingAndNamesWhatCannotBe) {
    const tests::Directory directory;
    for (int i = 0; i < 2; ++i) {
        makeDirectories(directory.path() / "a/b");
        EXPECT_TRUE(std::filesystem::is_directory(directory.path() / "a/b"));
    }
    directory.write("file", "");
    EXPECT_THAT([&] { makeDirectories(directory.path() / "file/a"); },
                testing::ThrowsMessage<SystemError>(testing::HasSubstr("file/a")));
}

TEST(Entries, AreSortedAndNoneWhereThereIsNoDirectory) {
    const tests::Directory directory;
    directory.write("b/c", "");
    directory.write("a", "");
    std::filesystem::create_directory_symlink("b", directory.path() / "link");
    const auto names = [&](const std::vector<std::filesystem::path>& paths) {
        std::vector<std::string> relative;
        for (const auto& path : paths) {
            relative.push_back(path.lexically_relative(directory.path()));
        }
        return relative;
    };
    EXPECT_THAT(names(entriesOf(directory.path())), ElementsAre("a", "b", "link"));
    EXPECT_THAT(names(entriesBelow(directory.path())), ElementsAre("a", "b", "b/c", "link"));
    EXPECT_THAT(entriesOf(directory.path() / "none"), IsEmpty());
    EXPECT_THAT(entriesBelow(directory.path() / "a"), IsEmpty());
    std::error_code error;
    EXPECT_THAT(entriesOf(directory.path() / "none", error), IsEmpty());
    EXPECT_EQ(error, std::errc::no_such_file_or_directory);
}

TEST(Entries, OneThatCannotBeListedHidesNoOther) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    siginfo_t ended{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
    const std::filesystem::path process = "/proc/" + std::to_string(child);
    EXPECT_THROW(static_cast<void>(
                     std::distance(std::filesystem::recursive_directory_iterator(process), {})),
                 std::filesystem::filesystem_error)
        << "a process that has ended has no network to list";
    EXPECT_THAT(entriesBelow(process), IsSupersetOf({process / "net", process / "stat"}));
    ::waitpid(child, nullptr, 0);
    EXPECT_THAT(entriesBelow(process), IsEmpty());
}

} // namespace
} // namespace host
