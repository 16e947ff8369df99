#include "precompile/matrix/child_log.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(ChildLog, LinesAreReadAndWrittenAsText) {
    const struct {
        const char* line;
        const char* text; ///< nullptr: it is no entry
    } cases[] = {
        {R"({"time":"2026-01-01T00:00:00.000Z","level":"info","message":"Fetching..."})",
         "Fetching..."},
        {R"({"level":"warning","message":"slow"})", "warning: slow"},
        {R"({"level":"error","message":"one\n  two"})", "error: one\n  two"},
        {R"({"level":"error","message":"one\ntwo"})", "error: one\\ntwo"}, // as in the log itself
        {R"({"level":"info","message":"50%","done":1,"progress":"Fetching","total":2})", "50%"},
        {"/store/flatcar-4593.2.5-x86_64/package.tar", nullptr},
        {"error: of a program below it", nullptr},
        {R"({"message":"no level"})", nullptr},
        {R"({"level":"info","message":5})", nullptr},
        {R"({"level":"info","level":"info","message":"twice"})", nullptr},
        {"{", nullptr},
        {"", nullptr},
    };
    for (const auto& [line, text] : cases) {
        const auto entry = parseLogEntry(line);
        EXPECT_EQ(entry.has_value(), text != nullptr) << line;
        if (entry && text != nullptr) {
            EXPECT_EQ(toText(*entry), text);
            EXPECT_FALSE(entry->end) << line;
        }
    }
}

TEST(ChildLog, LastEntrySaysHowItEnded) {
    const auto entry = parseLogEntry(
        R"({"level":"error","message":"It does not compile:\nnv.c:1. See the log.",)"
        R"("exit_code":8,"cause":"It does not compile:\nnv.c:1","remedy":"See the log."})");
    ASSERT_TRUE(entry && entry->end);
    EXPECT_EQ(entry->end->exitCode, 8);
    EXPECT_EQ(entry->end->cause, "It does not compile:\nnv.c:1");
    EXPECT_EQ(entry->end->remedy, "See the log.");
}

} // namespace
} // namespace precompile
