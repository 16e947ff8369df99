#include "toolkit/runtimes/plan.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPath = "/a.toml";

PlannedFile fileOf(const std::string& text) {
    return {tests::ConfiguredTree({{kPath, text}}).files(), kPath, host::DocumentFormat::Toml, ""};
}

TEST(PlannedFile, NotesWhatWasThere) {
    PlannedFile file = fileOf("[a]\nx = 1\nl = ['one']\n");
    file.set({"a", "x"}, 2);
    file.set({"a", "b", "y"}, true);
    file.set({"a", "x"}, 2);
    file.append({"a", "l"}, "two");
    file.setUnnoted({"version"}, 2);
    const FilePlan plan = file.plan();
    ASSERT_EQ(plan.keys.size(), 3U);
    EXPECT_EQ(plan.keys[0].before, nlohmann::json(1));
    EXPECT_EQ(plan.keys[0].there, 1U);
    EXPECT_EQ(plan.keys[1].before, std::nullopt);
    EXPECT_EQ(plan.keys[1].there, 1U);
    EXPECT_TRUE(plan.keys[2].isEntry);
    EXPECT_EQ(plan.keys[2].after, "two");
}

TEST(Undo, BringsBackWhatWasThere) {
    const std::string before = "version = 1\n[a]\nx = 1\nl = ['one']\n";
    PlannedFile file = fileOf(before);
    file.set({"a", "x"}, 2);
    file.set({"a", "b", "c", "y"}, true);
    file.append({"a", "l"}, "two");
    file.append({"m"}, "new");
    host::EditedDocument document(host::DocumentFormat::Toml, file.plan().after, kPath, "");
    EXPECT_THAT(undo(document, file.plan().keys), IsEmpty());
    EXPECT_EQ(document.text(), before);
}

TEST(Undo, LeavesWhatSomebodyHasChangedSince) {
    PlannedFile file = fileOf("[a]\nx = 1\n");
    file.set({"a", "x"}, 2);
    file.set({"a", "y"}, 2);
    file.set({"a", "t"}, {{"ours", 1}});
    file.set({"a", "gone"}, 1);
    host::EditedDocument document(host::DocumentFormat::Toml,
                                  "[a]\nx = 3\ny = 3\n[a.t]\nours = 1\ntheirs = 1\n", kPath, "");
    EXPECT_THAT(undo(document, file.plan().keys),
                ElementsAre(HasSubstr("/a.toml:4:1: a.t was changed since"),
                            HasSubstr("/a.toml:3:1: a.y was changed since"),
                            HasSubstr("/a.toml:2:1: a.x was changed since")));
    EXPECT_EQ(document.text(), "[a]\nx = 3\ny = 3\n[a.t]\nours = 1\ntheirs = 1\n");
}

TEST(Undo, KeepsTablesThatSomebodyUses) {
    PlannedFile file = fileOf("");
    file.set({"a", "b", "x"}, 1);
    host::EditedDocument document(host::DocumentFormat::Toml, "[a]\ny = 1\n[a.b]\nx = 1\n", kPath,
                                  "");
    undo(document, file.plan().keys);
    EXPECT_EQ(document.text(), "[a]\ny = 1\n");
}

} // namespace
} // namespace toolkit::runtimes
