#include "toolkit/shim/runtime_log.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(RuntimeLog, LinesAreThoseOfRuntimes) {
    constexpr std::int64_t kTime = 1772366400;
    EXPECT_EQ(logLine(LogLevel::Error, "a \"b\"\xff", kTime, true),
              "{\"level\":\"error\",\"msg\":\"a \\\"b\\\"\xef\xbf\xbd\","
              "\"time\":\"2026-03-01T12:00:00Z\"}\n");
    EXPECT_EQ(logLine(LogLevel::Warning, "a \"b\"", kTime, false),
              "time=\"2026-03-01T12:00:00Z\" level=warning msg=\"a \\\"b\\\"\"\n");
}

TEST(RuntimeLog, LevelsHaveTheNamesOfLogrus) {
    const std::pair<const char*, LogLevel> cases[] = {
        {"fatal", LogLevel::Error},     {"error", LogLevel::Error}, {"warn", LogLevel::Warning},
        {"warning", LogLevel::Warning}, {"info", LogLevel::Info},   {"debug", LogLevel::Debug},
        {"trace", LogLevel::Debug},     {"", LogLevel::Info},       {"loud", LogLevel::Info}};
    for (const auto& [word, level] : cases) {
        EXPECT_EQ(logLevelOf(word), level) << word;
    }
}

TEST(RuntimeLog, WhatIsSaidWhere) {
    const tests::Directory directory;
    const auto own = directory.write("own.log", "before\n");
    RuntimeCall call;
    call.log = directory.path() / "runtime.log";
    call.logsJson = true;
    RuntimeLog log(call);
    log.open(own, LogLevel::Info);
    testing::internal::CaptureStderr();
    log.say(LogLevel::Debug, "of debug");
    log.say(LogLevel::Info, "of info");
    log.say(LogLevel::Warning, "of warning");
    log.say(LogLevel::Error, "of error");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "driverctl-runtime: warning: of warning.\ndriverctl-runtime: error: of error.\n");
    EXPECT_THAT(host::readFile(call.log),
                AllOf(Not(HasSubstr("of info")),
                      HasSubstr(R"({"level":"warning","msg":"of warning")"),
                      HasSubstr(R"({"level":"error","msg":"of error")")));
    EXPECT_THAT(host::readFile(own),
                AllOf(testing::StartsWith("before\ntime="), Not(HasSubstr("of debug")),
                      HasSubstr("level=info msg=\"of info\""), HasSubstr("level=error")));
}

TEST(RuntimeLog, AFileThatCannotBeWrittenIsAWarning) {
    const tests::Directory directory;
    const RuntimeCall call;
    RuntimeLog log(call);
    testing::internal::CaptureStderr();
    log.open(directory.write("file", "") / "own.log", LogLevel::Debug);
    log.say(LogLevel::Info, "lost");
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr("warning: cannot write the log"), HasSubstr("Not a directory")));
}

TEST(RuntimeLog, ItsDirectoryIsMade) {
    const tests::Directory directory;
    const RuntimeCall call;
    RuntimeLog log(call);
    const auto file = directory.path() / ".local/own.log";
    log.open(file, LogLevel::Info);
    log.say(LogLevel::Info, "said");
    EXPECT_THAT(host::readFile(file), HasSubstr("said"));
}

} // namespace
} // namespace toolkit
