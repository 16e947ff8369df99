#include "driverctl/cli/flag.h"

#include "driverctl/commands/all.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Flag& named(const std::vector<Flag>& flags, std::string_view name) {
    return *std::ranges::find(flags, name, &Flag::name);
}

std::vector<std::string_view> titlesOf(const std::vector<Flag>& flags) {
    std::vector<std::string_view> titles;
    for (const Flag& flag : flags) {
        if (std::ranges::find(titles, flag.title) == titles.end()) {
            titles.push_back(flag.title);
        }
    }
    return titles;
}

TEST(Flag, ComesFromASettingAnArgumentOrTheProgram) {
    const auto flags = flagsOf(kList);
    EXPECT_EQ(named(flags, "driver-root").owner, Flag::Owner::Configuration);
    EXPECT_EQ(named(flags, "firmware").owner, Flag::Owner::Command);
    EXPECT_EQ(named(flags, "help").owner, Flag::Owner::Program);
    EXPECT_THAT(named(flags, "firmware").names, ElementsAre("--firmware", "--firmwares", "-f"));
    EXPECT_TRUE(named(flags, "device").isList);
    EXPECT_THAT(titlesOf(flags), ElementsAre("Options", "Inventory", "Driver on the node", "Log"));
}

TEST(Flag, SaysWhatIsTrueWhereNobodySaysAnything) {
    const auto flags = flagsOf(kInit);
    EXPECT_EQ(standardOf(named(flags, "persistence")), "\"required\"");
    EXPECT_EQ(standardOf(named(flags, "watch")), "");
    EXPECT_EQ(standardOf(named(flags, "imex-channel")), "");
    EXPECT_EQ(standardOf(named(flags, "config")), "");
}

/// `runtime configure` has a --config that is a container runtime's.
TEST(Flag, OfACommandHidesTheProgramsOwn) {
    EXPECT_EQ(named(flagsOf(kRuntimeConfigure), "config").owner, Flag::Owner::Command);
    EXPECT_EQ(named(programsOwnFlags(), "config").owner, Flag::Owner::Program);
}

TEST(Flag, IsNamedOnceInACommand) {
    for (const Command* command : kCommands) {
        std::multiset<std::string> names;
        for (const Flag& flag : flagsOf(*command)) {
            EXPECT_THAT(flag.names, testing::Not(IsEmpty())) << command->name << " " << flag.name;
            names.insert(flag.names.begin(), flag.names.end());
        }
        for (const std::string& name : names) {
            EXPECT_EQ(names.count(name), 1U) << command->name << " " << name;
        }
    }
}

} // namespace
} // namespace driverctl
