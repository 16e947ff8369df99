#include "driverctl/commands/all.h"

#include "loader/instance.h"
#include "loader/state.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>

namespace driverctl {
namespace {

using testing::HasSubstr;

class ProbeTest : public testing::Test {
  protected:
    /// The exit code, and what it prints.
    std::pair<ExitCode, std::string> probe(const std::string& word) const {
        Config config;
        config.apply({{"run-dir", {run.path()}}}, "test");
        testing::internal::CaptureStdout();
        const auto code =
            driverctl::run(kProbe, config, Arguments(kProbe.arguments, {{"probe", {word}}}));
        return {code, testing::internal::GetCapturedStdout()};
    }
    tests::Directory run;
};

/// It has its lock before it has a record, which takes as long as a build.
TEST_F(ProbeTest, InitIsAliveWhileItHasItsLock) {
    std::optional<loader::Instance> init(std::in_place, loader::driverPidFile(run.path()));
    EXPECT_EQ(probe("liveness"), std::pair(ExitCode::Done, std::string("alive\n")));
    init.reset();
    EXPECT_EQ(probe("liveness"), std::pair(ExitCode::Failed, std::string("init does not run\n")));
    run.write("nvidia-driver.pid", "4711\n"); // of one that was killed
    EXPECT_EQ(probe("liveness").first, ExitCode::Failed);
}

/// Ended and started again, init would take the driver of a damaged record for a stranger's.
TEST_F(ProbeTest, DamagedRecordIsNotReadyAndNoReasonToEndInit) {
    const loader::Instance init(loader::driverPidFile(run.path()));
    run.write("driverctl/state.json", "{");
    EXPECT_EQ(probe("liveness").first, ExitCode::Done);
    for (const char* word : {"startup", "readiness"}) {
        const auto [code, said] = probe(word);
        EXPECT_EQ(code, ExitCode::Failed) << word;
        EXPECT_THAT(said, testing::AllOf(HasSubstr("state.json is damaged"), HasSubstr("Remove")))
            << word;
    }
    EXPECT_FALSE(std::filesystem::exists(run.path() / "validations/.driver-ctr-ready"));
}

} // namespace
} // namespace driverctl
