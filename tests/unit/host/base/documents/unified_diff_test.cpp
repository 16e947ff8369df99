#include "host/base/documents/unified_diff.h"

#include <gtest/gtest.h>

namespace host {
namespace {

std::string lines(int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i) {
        text += std::to_string(i) + "\n";
    }
    return text;
}

TEST(UnifiedDiff, IsWhatDiffSays) {
    struct {
        const char* name;
        std::optional<std::string> before;
        std::optional<std::string> after;
        std::string diff;
    } const cases[] = {
        {"equal", "a\n", "a\n", ""},
        {"new file", std::nullopt, "a\nb\n", "--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n"},
        {"file that goes", "a\n", std::nullopt, "--- f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n"},
        {"line in the middle", lines(1, 9), lines(1, 5) + "new\n" + lines(6, 9),
         "--- f\n+++ f\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n"},
        {"no newline", "a", "a\nb",
         "--- f\n+++ f\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n"
         "\\ No newline at end of file\n"},
        {"two places", "x\n" + lines(1, 9) + "y\n", "X\n" + lines(1, 9) + "Y\n",
         "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-x\n+X\n 1\n 2\n 3\n@@ -8,4 +8,4 @@\n 7\n 8\n "
         "9\n-y\n+Y\n"},
        {"two places, near", "x\n" + lines(1, 5) + "y\n", "X\n" + lines(1, 5) + "Y\n",
         "--- f\n+++ f\n@@ -1,7 +1,7 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n-y\n+Y\n"},
        {"least change", "a\nb\nc\nd\n", "b\nx\nd\n",
         "--- f\n+++ f\n@@ -1,4 +1,3 @@\n-a\n b\n-c\n+x\n d\n"},
    };
    for (const auto& [name, before, after, diff] : cases) {
        EXPECT_EQ(unifiedDiff("f", before, after), diff) << name;
    }
}

TEST(UnifiedDiff, OfHugeTextsNamesWhatIsBetween) {
    const std::string diff = unifiedDiff("f", "a\n" + lines(1, 3000), "a\n" + lines(2, 3001));
    EXPECT_TRUE(diff.starts_with("--- f\n+++ f\n@@ -1,3001 +1,3001 @@\n a\n-1\n-2\n"));
}

} // namespace
} // namespace host
