#include "driverctl/termination_log.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class TerminationLogTest : public testing::Test {
  protected:
    /// What the file holds after that, as kubelet would read it.
    std::string written(std::string_view message) {
        log.write(message);
        return host::readFile(file);
    }
    tests::Directory directory;
    std::filesystem::path file = directory.path() / "termination-log";
    std::vector<std::string> warnings;
    TerminationLog log{file,
                       {.warn = [this](const std::string& text) { warnings.push_back(text); }}};
};

TEST_F(TerminationLogTest, LastMessageCounts) {
    directory.write("termination-log", "");
    EXPECT_EQ(written("the driver is in use: process 7"), "the driver is in use: process 7");
    EXPECT_EQ(written("broken"), "broken");
    EXPECT_EQ(written(""), "");
}

TEST_F(TerminationLogTest, NothingIsMadeOutsideKubernetes) {
    log.write("broken");
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(TerminationLogTest, MessageIsPrintableAndHasNoSecrets) {
    directory.write("termination-log", "");
    EXPECT_EQ(written("a\x1b[2J\xff of https://me:secret@host/"),
              "a\\u001b[2J\\xff of https://***@host/");
}

/// Kubelet reads the last 4096 bytes: a longer file would lose the cause.
TEST_F(TerminationLogTest, LongMessageLosesItsEnd) {
    directory.write("termination-log", "");
    EXPECT_EQ(written(std::string(4096, 'x')), std::string(4096, 'x'));
    EXPECT_EQ(written(std::string(4097, 'x')), std::string(4093, 'x') + "…");
    std::string wide(4092, 'x'); // and a character across byte 4093
    EXPECT_EQ(written(wide + "ééé"), wide + "…");
}

TEST_F(TerminationLogTest, FailureIsAWarning) {
    std::filesystem::create_directory(file);
    log.write("broken");
    EXPECT_THAT(warnings, ElementsAre(StartsWith("cannot open " + file.string())));
}

} // namespace
} // namespace driverctl
