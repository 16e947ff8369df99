#include "driverctl/commands/all.h"

#include "host/base/error.h"
#include "loader/instance.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

std::vector<std::string> everythingIn(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        names.push_back(entry.path().string());
    }
    return names;
}

class UnloadDryRun : public testing::Test {
  protected:
    ExitCode unload(const std::filesystem::path& runDirectory) const {
        Config config;
        config.apply({{"run-dir", {directory.path() / runDirectory}}}, "test");
        return run(kUnload, config, Arguments(kUnload.arguments, {{"dry-run", {"true"}}}));
    }
    tests::Directory directory;
};

TEST_F(UnloadDryRun, MakesNothing) {
    EXPECT_EQ(unload("run/nvidia"), ExitCode::Done);
    EXPECT_THAT(everythingIn(directory.path()), testing::IsEmpty());
    std::filesystem::create_directories(directory.path() / "run/nvidia");
    EXPECT_EQ(unload("run/nvidia"), ExitCode::Done);
    EXPECT_EQ(everythingIn(directory.path()).size(), 2U);
}

TEST_F(UnloadDryRun, LeavesTheFileOfADeadInstance) {
    const auto file = directory.write("run/nvidia-driver.pid", "4711\n");
    EXPECT_EQ(unload("run"), ExitCode::Done);
    EXPECT_EQ(host::readFile(file), "4711\n");
}

TEST_F(UnloadDryRun, NamesALiveInstance) {
    const loader::Instance instance(directory.path() / "run/nvidia-driver.pid");
    try {
        unload("run");
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::AlreadyRunning);
    }
}

} // namespace
} // namespace driverctl
