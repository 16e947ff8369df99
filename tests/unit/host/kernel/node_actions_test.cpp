#include "host/kernel/node_actions.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// The real ones, as far as no privilege is needed.
class NodeActionsTest : public testing::Test {
  protected:
    tests::Directory directory;
    std::filesystem::path path = directory.path();
    NodeActions& actions = systemNodeActions();
};

TEST_F(NodeActionsTest, MakeWhatIsAboveThem) {
    actions.writeFile(path / "a/b/file", "text");
    EXPECT_EQ(readFile(path / "a/b/file"), "text");
    actions.makeLink("../a", path / "c/link");
    actions.makeLink("../b", path / "c/link");
    EXPECT_EQ(std::filesystem::read_symlink(path / "c/link"), "../b");
    actions.copy(path / "a", path / "d/a");
    actions.writeFile(path / "a/b/file", "new");
    actions.copy(path / "a", path / "d/a");
    EXPECT_EQ(readFile(path / "d/a/b/file"), "new");
    actions.makeDirectories(path / "e/f");
    actions.makeDirectories(path / "e/f");
    EXPECT_TRUE(std::filesystem::is_directory(path / "e/f"));
}

TEST_F(NodeActionsTest, ErrorsNameWhatTheyAreAbout) {
    directory.write("file", "");
    const auto inTheWay = path / "file/x/y";
    const std::pair<const char*, std::function<void()>> cases[] = {
        {"file/x", [&] { actions.writeFile(inTheWay, ""); }},
        {"file/x", [&] { actions.makeLink("a", inTheWay / "z"); }},
        {"file/x", [&] { actions.copy(path / "file", inTheWay); }},
        {"file/x/y", [&] { actions.makeDirectories(inTheWay); }},
        {"missing", [&] { actions.copy(path / "missing", path / "copy"); }},
        {"missing", [&] { actions.writeParameter(path / "missing", "1"); }},
        {"no-such-module", [&] { actions.removeModule("no-such-module"); }},
        {"missing", [&] { actions.detach(path / "missing"); }},
        {"missing", [&] { actions.bindRecursive(path, path / "missing"); }},
    };
    for (const auto& [word, act] : cases) {
        EXPECT_THAT(act, ThrowsMessage<SystemError>(HasSubstr(word)));
    }
}

TEST_F(NodeActionsTest, RemovingNothingIsFine) {
    directory.write("file", "");
    actions.remove(path / "missing");
    actions.remove(path / "file/missing");
    actions.remove(path / "file");
    EXPECT_FALSE(std::filesystem::exists(path / "file"));
}

TEST_F(NodeActionsTest, RemoveAllGoesOnAndThrowsTheFirst) {
    directory.write("a/x", "");
    directory.write("b", "");
    EXPECT_THAT(
        [&] {
            removeAll(actions, {path / "a", path / "b", path / "a/x"});
        },
        ThrowsMessage<SystemError>(HasSubstr((path / "a").string() + ":")));
    EXPECT_FALSE(std::filesystem::exists(path / "b"));
    EXPECT_FALSE(std::filesystem::exists(path / "a/x"));
}

} // namespace
} // namespace host
