#include "host/base/text.h"

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::ElementsAre;

TEST(ToNumber, IsTheWholeTextOrNothing) {
    EXPECT_EQ(toNumber<unsigned>("0"), 0U);
    EXPECT_EQ(toNumber<unsigned>("007"), 7U);
    EXPECT_EQ(toNumber<std::uint16_t>("65535"), 65535);
    EXPECT_EQ(toNumber<int>("-1"), -1);
    EXPECT_EQ(toNumber<unsigned>("1A", 16), 26U);
    for (const char* text : {"", " 1", "1 ", "+1", "-1", "0x1", "1.", "a", "4294967296"}) {
        EXPECT_EQ(toNumber<unsigned>(text), std::nullopt) << text;
    }
    EXPECT_EQ(toNumber<std::uint16_t>("65536"), std::nullopt);
}

TEST(ToNumberOfEitherBase, ThePrefixDecides) {
    EXPECT_EQ(toNumberOfEitherBase<unsigned>("0x10"), 16U);
    EXPECT_EQ(toNumberOfEitherBase<unsigned>("10"), 10U);
    for (const char* text : {"0x", "0x0x1", "1f", ""}) {
        EXPECT_EQ(toNumberOfEitherBase<unsigned>(text), std::nullopt) << text;
    }
}

TEST(Lower, LeavesWhatIsNoLetter) {
    EXPECT_EQ(lower("AzZ_-9\xc3\x84"), "azz_-9\xc3\x84");
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
    EXPECT_THAT(split(",a,,", ','), ElementsAre("", "a", "", ""));
    EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Words, AreWhatStandsBetweenBlanks) {
    EXPECT_THAT(words(" a\tb  c\n"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(words(""), ElementsAre());
    EXPECT_THAT(words(" \n"), ElementsAre());
    EXPECT_THAT(words("a"), ElementsAre("a"));
}

TEST(Trimmed, LosesBlanksAtTheEnds) {
    EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
    EXPECT_EQ(trimmed(""), "");
}

} // namespace
} // namespace host
