#include "driverctl/reference/manual.h"

#include "driverctl/cli/flag.h"
#include "driverctl/cli/groups.h"
#include "driverctl/commands/all.h"
#include "toolkit/hooks/hook.h"

#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace driverctl {
namespace {

using testing::HasSubstr;

const std::vector<ManualPage>& pages() {
    static const std::vector<ManualPage> made = manual();
    return made;
}

std::string pageNamed(const std::string& file) {
    const auto page = std::ranges::find(pages(), file, &ManualPage::file);
    return page == pages().end() ? "no page is called " + file : page->text;
}

std::string fileOf(const Command& command) {
    std::string file = fmt::format("driverctl-{}.8", command.name);
    std::ranges::replace(file, ' ', '-');
    return file;
}

/// As a page writes it.
std::string inRoff(std::string text) {
    for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2) {
        text.insert(at, "\\");
    }
    return text;
}

TEST(Manual, HasAPageForEachCommandAndThreeMore) {
    std::set<std::string> expected = {"driverctl.8", "driverctl.toml.5", "driverctl-hook.8"};
    for (const Command* command : kCommands) {
        expected.insert(fileOf(*command));
    }
    std::set<std::string> files;
    for (const auto& page : pages()) {
        EXPECT_TRUE(files.insert(page.file).second) << page.file;
    }
    EXPECT_EQ(files, expected);
}

TEST(Manual, SaysOfACommandEachFlagWithItsVariablesAndDefault) {
    for (const Command* command : kCommands) {
        if (command == &kHook) {
            continue;
        }
        const std::string page = pageNamed(fileOf(*command));
        for (const Flag& flag : flagsOf(*command)) {
            EXPECT_THAT(page, HasSubstr("Fl \\&" + inRoff(flag.names.front().substr(1))));
            if (flag.owner == Flag::Owner::Configuration) {
                for (const std::string_view variable : setting(flag.name).environment) {
                    EXPECT_THAT(page, HasSubstr(fmt::format("\\&{}", variable)));
                }
            }
        }
        EXPECT_THAT(page, HasSubstr(".Sh EXIT STATUS\n"));
        EXPECT_THAT(page, HasSubstr(".Xr driverctl 8"));
    }
}

TEST(Manual, ListsCommandsExitCodesAndFilesOnThePageOfTheProgram) {
    const std::string page = pageNamed("driverctl.8");
    for (const Command* command : kCommands) {
        EXPECT_THAT(page, HasSubstr(inRoff(std::string(command->name))));
    }
    for (const ExitCode code : exitCodes()) {
        EXPECT_THAT(
            page, HasSubstr(fmt::format(".It {}\n", code == ExitCode::Signal
                                                        ? "128+N"
                                                        : std::to_string(static_cast<int>(code)))));
    }
    EXPECT_THAT(page, HasSubstr("Pa \\&/etc/driverctl/driverctl.toml"));
    EXPECT_THAT(page, HasSubstr("Pa \\&/var/lib/driverctl/packages"));
}

TEST(Manual, SaysOfEachSettingItsTypeAndDefault) {
    const std::string page = pageNamed("driverctl.toml.5");
    for (const Setting& row : settings()) {
        EXPECT_THAT(page, HasSubstr(fmt::format(".It Va \\&{} No", inRoff(std::string(row.name)))));
    }
    EXPECT_THAT(page, HasSubstr(".It Va \\&watch No \"\\&(true or false)\"\n"));
    EXPECT_THAT(page, HasSubstr(".It Va \\&jobs No \\&(number)\n"));
    EXPECT_THAT(page, HasSubstr("Default: \\(dqrequired\\(dq.\n"));
    EXPECT_THAT(page, HasSubstr(".No \"\\&One of\" Cm \\&required , \\&optional , \\&off .\n"));
}

TEST(Manual, SaysOfTheHookProgramWhatItsTableHas) {
    const std::string page = pageNamed("driverctl-hook.8");
    for (const toolkit::Hook& hook : toolkit::hooks()) {
        EXPECT_THAT(page, HasSubstr(".It Cm \\&" + inRoff(std::string(hook.name))));
    }
    EXPECT_THAT(page, HasSubstr("Oo Fl \\&\\-link Ar \\&TARGET::LINK Oc"));
}

} // namespace
} // namespace driverctl
