#include "driverctl/report/progress.h"

#include <gtest/gtest.h>

namespace driverctl {
namespace {

using std::chrono::seconds;
using Unit = host::WorkDone::Unit;

TEST(DescribeProgress, ShowsShareRateAndTimeLeft) {
    EXPECT_EQ(describeProgress(Unit::Bytes, 0, 240'000'000, 480'000'000, seconds(20)),
              "50% (240.0 of 480.0 MB, 12.0 MB/s, 20 s left)");
}

TEST(DescribeProgress, AnEarlierRunsBytesDoNotCountForTheRate) {
    EXPECT_EQ(describeProgress(Unit::Bytes, 400'000'000, 440'000'000, 480'000'000, seconds(4)),
              "92% (440.0 of 480.0 MB, 10.0 MB/s, 4 s left)");
}

TEST(DescribeProgress, UnknownTotal) {
    EXPECT_EQ(describeProgress(Unit::Bytes, 0, 5'000'000, 0, seconds(1)), "5.0 MB, 5.0 MB/s");
}

TEST(DescribeProgress, NothingIsDividedByZeroAtTheStart) {
    EXPECT_EQ(describeProgress(Unit::Items, 0, 0, 189, seconds(0)), "0% (0 of 189)");
}

TEST(DescribeProgress, Items) {
    EXPECT_EQ(describeProgress(Unit::Items, 0, 90, 180, seconds(30)), "50% (90 of 180, 30 s left)");
}

} // namespace
} // namespace driverctl
