#include "toolkit/runtimes/record.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::HasSubstr;

TEST(Record, ComesBackAsItWas) {
    const Record record{
        .files = {{.path = "/etc/docker/daemon.json",
                   .format = host::DocumentFormat::Json,
                   .hasBackup = true,
                   .after = "{\"\xc3\xa9\": \"\\n\"}\r\n",
                   .keys = {{.path = {"runtimes", "nvidia"},
                             .before = nlohmann::json{{"path", "/old"}},
                             .after = {{"path", "/new"}},
                             .there = 1}}},
                  {.path = "/etc/c.toml",
                   .format = host::DocumentFormat::Toml,
                   .hasBackup = false,
                   .after = "",
                   .keys = {{.path = {"imports"}, .after = "/x", .there = 0, .isEntry = true}}}},
        .directories = {"/etc/docker", "/etc/docker/conf.d"},
        .lackedDefault = true};
    const Record read = parseRecord(toText(record), "record");
    EXPECT_EQ(toText(read), toText(record));
    ASSERT_EQ(read.files.size(), 2U);
    EXPECT_EQ(read.files[0].after, record.files[0].after);
    EXPECT_EQ(read.files[0].keys[0].before, record.files[0].keys[0].before);
    EXPECT_TRUE(read.files[1].keys[0].isEntry);
    EXPECT_EQ(read.directories, record.directories);
    EXPECT_TRUE(read.lackedDefault);
}

TEST(Record, OfSomethingElseIsRefused) {
    for (const char* text :
         {"", "[]", "{}", R"({"driverctl": 2, "files": [], "directories": []})",
          R"({"driverctl": 1, "files": [{}], "directories": []})",
          R"({"driverctl": 1, "directories": [], "files": [{"file": "/a", "format": "json",
              "backup": false, "after": "", "keys": [{"key": [], "after": 1, "there": 0}]}]})"}) {
        EXPECT_THAT(tests::refusalOf([&] { parseRecord(text, "/etc/r"); }),
                    HasSubstr("/etc/r is no record"));
    }
}

TEST(Record, JoinsTheKeysOfTwoRuns) {
    const KeyChange first{.path = {"a"}, .before = "old", .after = "ours", .there = 0};
    const KeyChange again{.path = {"a"}, .before = "ours", .after = "new", .there = 0};
    const KeyChange other{.path = {"a"}, .before = "theirs", .after = "new", .there = 0};
    const KeyChange entry{.path = {"a"}, .after = "x", .there = 0, .isEntry = true};
    auto keys = joined({first}, {again, entry, entry});
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].before, nlohmann::json("old")) << "what was before us";
    EXPECT_EQ(keys[0].after, "new");
    keys = joined({first}, {other});
    EXPECT_EQ(keys[0].before, nlohmann::json("theirs")) << "somebody has changed it in between";
}

} // namespace
} // namespace toolkit::runtimes
