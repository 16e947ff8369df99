#include "host/base/directories.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

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

} // namespace
} // namespace host
