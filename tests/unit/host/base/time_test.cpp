#include "host/base/time.h"

#include <gtest/gtest.h>
#include <limits>

namespace host {
namespace {

TEST(UtcTime, IsWrittenInOneForm) {
    EXPECT_EQ(utcTime(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(utcTime(1772366400), "2026-03-01T12:00:00Z");
    EXPECT_EQ(utcTime(951'782'399), "2000-02-28T23:59:59Z");
    EXPECT_EQ(utcTime(951'782'400), "2000-02-29T00:00:00Z");
    EXPECT_EQ(utcTime(-1), "1969-12-31T23:59:59Z");
    EXPECT_EQ(utcTime(-62'167'219'200), "0000-01-01T00:00:00Z");
    EXPECT_EQ(utcTime(253'402'300'799), "9999-12-31T23:59:59Z");
}

TEST(UtcTime, OfNoDayIsTheNumber) {
    EXPECT_EQ(utcTime(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    EXPECT_EQ(utcTime(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(utcTime(253'402'300'800), "253402300800");
}

} // namespace
} // namespace host
