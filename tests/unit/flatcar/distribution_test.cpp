#include "flatcar/distribution.h"

#include "host/base/error.h"
#include "host/process/signals.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flatcar {
namespace {

using distribution::Machine;
using distribution::Target;
using distribution::TargetSettings;
using testing::HasSubstr;

/// Nobody listens at the mirror: what is not in the cache is an error.
class FlatcarTest : public testing::Test {
  protected:
    FlatcarTest() {
        root.write("etc/os-release", "ID=flatcar\nVERSION_ID=4593.2.5\nFLATCAR_BOARD=arm64-usr\n");
    }
    [[nodiscard]] Machine machine() const {
        return {.root = root.path(), .kernel = {.release = "6.12.1-f", .machine = "x86_64"}};
    }

    tests::Directory root;
    tests::Directory work;
    host::SignalSet signals{SIGUSR1};
    std::unique_ptr<distribution::Distribution> flatcar =
        makeDistribution({.bases = {"http://127.0.0.1:9"}}, work.path(), 1);
};

TEST_F(FlatcarTest, KnowsItsNodes) {
    EXPECT_EQ(flatcar->detect(machine()), (Target{"flatcar", "4593.2.5", "x86_64", "6.12.1-f"}));
    root.write("etc/os-release", "ID=debian\nVERSION_ID=12\n");
    EXPECT_EQ(flatcar->detect(machine()), std::nullopt);
}

TEST_F(FlatcarTest, NodeTellsBoardAndChannelOfItsRelease) {
    const struct {
        TargetSettings given;
        TargetSettings told;
    } cases[] = {
        {.given = {}, .told = {"4593.2.5", "stable", "arm64-usr", "", ""}},
        {.given = {.release = "4081.3.4"}, .told = {"4081.3.4", "lts", "arm64-usr", "", ""}},
        {.given = {.release = "current", .board = "amd64-usr"},
         .told = {"current", "stable", "amd64-usr", "", ""}},
        {.given = {.release = "current-2024"},
         .told = {"current-2024", "lts-2024", "arm64-usr", "", ""}},
    };
    for (const auto& [given, told] : cases) {
        const auto is = flatcar->complete(given, machine());
        EXPECT_EQ(is.release, told.release);
        EXPECT_EQ(is.channel, told.channel) << given.release;
        EXPECT_EQ(is.board, told.board) << given.release;
        EXPECT_EQ(is.kernel, "");
    }
}

TEST_F(FlatcarTest, FullNameHasAChannel) {
    const struct {
        TargetSettings given;
        std::string channel; ///< empty: it is no name
    } cases[] = {
        {.given = {.release = "4593.2.5", .board = "amd64-usr"}, .channel = "stable"},
        {.given = {.release = "2605.12.0", .channel = "lts", .board = "amd64-usr"},
         .channel = "lts"},
        {.given = {.release = "current", .channel = "beta", .board = "amd64-usr"},
         .channel = "beta"},
        {.given = {.release = "current-2024", .channel = "beta", .board = "amd64-usr"},
         .channel = "lts-2024"},
        {.given = {.release = "current", .board = "amd64-usr"}, .channel = ""},
        {.given = {.release = "4593.2.5"}, .channel = ""},
        {.given = {.release = "weekly", .channel = "beta", .board = "amd64-usr"}, .channel = ""},
    };
    for (const auto& test : cases) {
        if (!test.channel.empty()) {
            const auto name = flatcar->fullName(test.given);
            EXPECT_EQ(name.channel, test.channel) << test.given.release;
            EXPECT_EQ(name.release, test.given.release) << "it is not resolved yet";
        } else {
            EXPECT_THAT([&] { static_cast<void>(flatcar->fullName(test.given)); },
                        testing::ThrowsMessage<host::Error>(HasSubstr("not a Flatcar release")))
                << test.given.release;
        }
    }
}

TEST_F(FlatcarTest, ReleaseInTheCacheIsPublished) {
    const TargetSettings release{.release = "4593.2.5", .channel = "stable", .board = "amd64-usr"};
    work.write("cache/amd64-usr-4593.2.5/flatcar_developer_container.bin", "");
    EXPECT_NO_THROW(flatcar->requirePublished(release, signals, {}));
}

} // namespace
} // namespace flatcar
