#include "host/base/key_values.h"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(KeyValues, QuotedAndUnquotedAndEscaped) {
    const KeyValues values =
        parseKeyValues("# comment\nID=flatcar\nNAME=\"A \\\"B\\\" "
                       "\\$C\"\nX='a\\b'\n\nnonsense\nVERSION_ID=1.2.3 \n2X=no\n");
    EXPECT_EQ(values.at("ID"), "flatcar");
    EXPECT_EQ(values.at("NAME"), "A \"B\" $C");
    EXPECT_EQ(values.at("X"), "a\\b");
    EXPECT_EQ(values.at("VERSION_ID"), "1.2.3");
    EXPECT_EQ(firstValueOf(values, {"NONE", "VERSION_ID", "X"}), "1.2.3");
    EXPECT_EQ(firstValueOf(values, {"NONE"}), "");
    EXPECT_EQ(values.size(), 4U);
}

TEST(KeyValues, LastAssignmentWins) {
    EXPECT_EQ(parseKeyValues("A=1\nA=2").at("A"), "2");
}

TEST(KeyValues, MissingFileIsNothing) {
    EXPECT_EQ(readKeyValues("/does/not/exist"), std::nullopt);
}

TEST(KeyValues, ValueOfWhatIsNotThereIsEmpty) {
    EXPECT_EQ(valueOf({{"A", "1"}}, "A"), "1");
    EXPECT_EQ(valueOf({{"A", "1"}}, "B"), "");
}

} // namespace
} // namespace host
