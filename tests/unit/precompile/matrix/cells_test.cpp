#include "precompile/matrix/cells.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Cell cell(const std::string& release, const std::string& driver, Flavour flavour = Flavour::Open) {
    return {.release = release, .channel = "stable", .driver = driver, .flavour = flavour};
}

TEST(MatrixCells, AreOrderedByNumberAndThereOnce) {
    const auto proprietary = cell("999.2.0", "550.9", Flavour::Proprietary);
    EXPECT_THAT(inOrder({cell("4593.2.5", "550.9"), proprietary, cell("999.2.0", "550.10"),
                         cell("999.2.0", "550.9"), proprietary}),
                ElementsAre(cell("999.2.0", "550.9"), proprietary, cell("999.2.0", "550.10"),
                            cell("4593.2.5", "550.9")));
}

TEST(MatrixCells, OneOfTwoChannelsWithTheSameReleaseIsEnough) {
    auto beta = cell("4593.2.5", "550.9");
    beta.channel = "beta";
    EXPECT_EQ(inOrder({cell("4593.2.5", "550.9"), beta}).size(), 1U);
}

TEST(MatrixShard, EveryCellIsInExactlyOne) {
    for (int release = 0; release < 100; ++release) {
        const auto one = cell(std::to_string(release) + ".2.0", "535.1");
        for (const unsigned count : {1U, 2U, 7U}) {
            unsigned holders = 0;
            for (unsigned index = 1; index <= count; ++index) {
                holders += Shard{index, count}.holds(one) ? 1 : 0;
            }
            EXPECT_EQ(holders, 1U) << one.describe();
        }
    }
}

TEST(MatrixShard, StaysTheSameFromVersionToVersion) {
    auto moved = cell("4593.2.5", "535.261.03");
    unsigned index = 1;
    while (!Shard{index, 1000}.holds(moved)) {
        ++index;
    }
    EXPECT_EQ(index, 542U);
    moved.channel = "beta";
    EXPECT_TRUE((Shard{index, 1000}.holds(moved)));
}

TEST(MatrixShard, IsReadFromText) {
    EXPECT_EQ(parseShard("").count, 1U);
    EXPECT_EQ(parseShard("2/5").index, 2U);
    EXPECT_EQ(parseShard("2/5").count, 5U);
    for (const char* wrong : {"0/5", "6/5", "5", "/5", "2/", "2/0", "2/5x", "-1/5", "2//5", "x"}) {
        EXPECT_THROW(parseShard(wrong), host::Error) << wrong;
    }
}

TEST(MatrixOrder, AnotherReleaseThanTheRunningOnesComesFirst) {
    const std::vector<Cell> waiting = {cell("1.2.0", "535.2"), cell("2.2.0", "535.1")};
    EXPECT_EQ(chooseNext(waiting, {}), 0U);
    EXPECT_EQ(chooseNext(waiting, {cell("1.2.0", "535.1")}), 1U);
    EXPECT_EQ(chooseNext(waiting, {cell("1.2.0", "535.1"), cell("2.2.0", "535.2")}), 0U);
}

TEST(MatrixThreads, AreDividedBetweenTheBuildsThatRun) {
    EXPECT_EQ(threadsFor(16, 4, 100), 4U);
    EXPECT_EQ(threadsFor(16, 3, 100), 6U);
    EXPECT_EQ(threadsFor(16, 4, 1), 16U);
    EXPECT_EQ(threadsFor(2, 8, 100), 1U);
}

TEST(MatrixReport, TellsPeopleAndPrograms) {
    const std::vector<CellResult> results = {{.cell = cell("4593.2.5", "550.9"),
                                              .state = CellState::Built,
                                              .kernel = "6.12.102-flatcar",
                                              .package = "/store/a.tar",
                                              .seconds = 91.4,
                                              .log = "/work/a.log"},
                                             {.cell = cell("4593.2.5", "550.10"),
                                              .state = CellState::Failed,
                                              .reason = "nv.c:1: error: \xff",
                                              .seconds = 2}};
    const std::string table = tableOf(results);
    EXPECT_THAT(table, HasSubstr("4593.2.5     6.12.102-flatcar         550.9        open         "
                                 "built        91 s\n"));
    EXPECT_THAT(table, HasSubstr(" -                        550.10       open         failed       "
                                 "2 s: nv.c:1: error: "));
    EXPECT_THAT(table, testing::EndsWith("\n1 built, 1 failed\n"));
    const auto document = nlohmann::json::parse(jsonOf(results));
    EXPECT_EQ(document["good"], false);
    EXPECT_EQ(document["cells"][0]["state"], "built");
    EXPECT_EQ(document["cells"][0]["package"], "/store/a.tar");
    EXPECT_EQ(document["cells"][1]["reason"], "nv.c:1: error: \ufffd");
    EXPECT_EQ(tableOf({}).substr(tableOf({}).find('\n') + 1), "no packages\n");
}

TEST(MatrixReport, DeadChannelIsARowOfItsOwn) {
    const std::vector<CellResult> results = {deadChannel("lts", host::Error("nobody is there"))};
    EXPECT_FALSE(isGood(results.front()));
    EXPECT_THAT(tableOf(results),
                HasSubstr("lts          -                        -            -            failed  "
                          "     nobody is there\n1 failed\n"));
    const auto cell = nlohmann::json::parse(jsonOf(results))["cells"][0];
    EXPECT_EQ(cell["channel"], "lts");
    EXPECT_EQ(cell["state"], "failed");
    for (const char* empty : {"release", "driver", "flavour", "kernel", "package", "log"}) {
        EXPECT_EQ(cell[empty], "") << empty;
    }
}

} // namespace
} // namespace precompile
