/// The rows of settings, and docs/settings.md, which says what the program does.
#include "driverctl/cli/groups.h"

#include "host/base/file.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>

namespace driverctl {
namespace {

TEST(Groups, NamesAndVariablesAreUnique) {
    std::set<std::string_view> names;
    std::set<std::string_view> variables;
    for (const Setting& row : settings()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        for (const std::string_view variable : row.environment) {
            EXPECT_TRUE(variables.insert(variable).second) << variable;
        }
    }
}

TEST(Groups, TheHelpSaysWhatKindOfValueEachTakes) {
    for (const Setting& row : settings()) {
        const bool none = row.is<bool*>() || row.is<unsigned*>();
        EXPECT_EQ(row.placeholder.empty(), none) << row.name;
        EXPECT_NE(row.placeholder, "VALUE") << row.name;
        EXPECT_FALSE(row.help.empty()) << row.name;
    }
}

TEST(Groups, EveryDefaultIsAllowedByItsOwnChoices) {
    for (const Setting& row : settings()) {
        if (!row.choices.empty()) {
            EXPECT_NE(std::ranges::find(row.choices, valuesOf(Options{}, row).front(), &Word::text),
                      row.choices.end())
                << row.name;
        }
    }
}

TEST(Groups, EverySettingCanComeFromTheEnvironment) {
    for (const Setting& row : settings()) {
        EXPECT_FALSE(row.environment.empty()) << row.name;
    }
}

TEST(Groups, EverySettingHasAPlaceOfItsOwnInTheStructOfItsGroup) {
    const Options options;
    std::set<const void*> places;
    for (const Group* group : kGroups) {
        for (const Setting& row : group->settings) {
            EXPECT_TRUE(places.insert(placeOf(options, row)).second) << row.name;
            EXPECT_EQ(&groupOf(row.name), group);
        }
    }
}

TEST(Groups, ThePageHasEverySettingOfEachInOrder) {
    std::string expected;
    for (const Group* group : kGroups) {
        expected += fmt::format("\n## {}\n\n| setting | environment |\n|---|---|\n", group->title);
        for (const Setting& row : group->settings) {
            expected +=
                fmt::format("| `{}` | `{}` |\n", row.name, fmt::join(row.environment, "`, `"));
        }
    }
    const auto page =
        host::readFile(std::filesystem::path(DRIVERCTL_SOURCE_DIR) / "docs/settings.md");
    EXPECT_EQ(page.substr(std::min(page.find("\n## "), page.size())), expected);
}

TEST(Groups, ANameThatNoRowHasIsAMistakeInTheProgram) {
    EXPECT_THROW(setting("stroe"), std::logic_error);
    EXPECT_THROW(groupOf("stroe"), std::logic_error);
}

} // namespace
} // namespace driverctl
