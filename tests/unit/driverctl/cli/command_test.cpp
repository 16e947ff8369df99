#include "driverctl/cli/command.h"

#include "driverctl/commands/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

TEST(Commands, OnlyThoseThatChooseATargetOrADriverLookAtTheNode) {
    std::vector<std::string_view> asking;
    for (const Command* command : kCommands) {
        if (asksNode(*command)) {
            asking.push_back(command->name);
        }
    }
    EXPECT_THAT(asking, testing::ElementsAre("update", "matrix", "init", "doctor", "plan",
                                             "package import", "image tag", "pull"));
}

TEST(Commands, ReadTheSettingsOfTheirGroupsTheirOwnAndTheLogs) {
    const Command command = {
        .name = "c", .summary = "", .groups = {&kMetricsSettings}, .settings = {"store"}};
    EXPECT_THAT(settingsOf(command),
                testing::UnorderedElementsAre("metrics-file", "metrics-listen", "store",
                                              "log-format", "quiet", "verbose"));
}

} // namespace
} // namespace driverctl
