#include "precompile/matrix/cells.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;

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
            for (unsigned index = 0; index < count; ++index) {
                holders += Shard{index, count}.holds(one) ? 1 : 0;
            }
            EXPECT_EQ(holders, 1U) << one.describe();
        }
    }
}

TEST(MatrixShard, StaysTheSameFromVersionToVersion) {
    auto moved = cell("4593.2.5", "535.261.03");
    unsigned index = 0;
    while (!Shard{index, 1000}.holds(moved)) {
        ++index;
    }
    EXPECT_EQ(index, 541U);
    moved.channel = "beta";
    EXPECT_TRUE((Shard{index, 1000}.holds(moved)));
}

TEST(MatrixShard, IsReadFromText) {
    EXPECT_EQ(parseShard("").count, 1U);
    EXPECT_EQ(parseShard("2/5").index, 2U);
    EXPECT_EQ(parseShard("2/5").count, 5U);
    EXPECT_EQ(parseShard("0/1").index, 0U) << "as JOB_COMPLETION_INDEX of a Job counts";
    for (const char* wrong : {"5/5", "6/5", "5", "/5", "2/", "2/0", "2/5x", "-1/5", "2//5", "x"}) {
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

TEST(MatrixResult, OfADeadChannelIsFailedAndNamesNothingElse) {
    const CellResult result =
        deadChannel("lts", host::Error(host::Fault::Verification, "it lies", "Name another."));
    EXPECT_FALSE(isGood(result));
    EXPECT_EQ(result.state, CellState::Failed);
    EXPECT_EQ(result.cell.channel, "lts");
    EXPECT_EQ(result.cell.release, "");
    EXPECT_EQ(result.cell.driver, "");
    EXPECT_EQ(result.reason, "it lies");
    EXPECT_EQ(result.remedy, "Name another.");
    EXPECT_TRUE(result.unverified);
}

TEST(CellState, IsGoodWhereThePackageIsOrWillBe) {
    const struct {
        CellState state;
        const char* word;
        bool good;
    } cases[] = {
        {CellState::Build, "build", true},      {CellState::Fetch, "fetch", true},
        {CellState::Cached, "cached", true},    {CellState::Fetched, "fetched", true},
        {CellState::Built, "built", true},      {CellState::Unavailable, "unavailable", false},
        {CellState::Missing, "missing", false}, {CellState::Refused, "refused", false},
        {CellState::Failed, "failed", false},   {CellState::Skipped, "skipped", false},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(toString(test.state), test.word);
        EXPECT_EQ(isGood({.cell = {}, .state = test.state}), test.good) << test.word;
    }
}

} // namespace
} // namespace precompile
