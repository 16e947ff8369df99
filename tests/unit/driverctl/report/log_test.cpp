#include "driverctl/report/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace driverctl {
namespace {

class Log : public testing::Test {
  protected:
    ~Log() override { configureLog(LogFormat::Text, LogLevel::Info); }

    template <typename Body>
    std::string stderrOf(Body&& body) {
        testing::internal::CaptureStderr();
        body();
        return testing::internal::GetCapturedStderr();
    }
};

TEST_F(Log, TextMarksWhatIsNotGood) {
    configureLog(LogFormat::Text, LogLevel::Info);
    EXPECT_EQ(stderrOf([] {
                  logDebug("hidden");
                  logInfo("100% {done}");
                  logWarning("careful");
                  logError("broken");
              }),
              "100% {done}\nwarning: careful\nerror: broken\n");
}

TEST_F(Log, QuietHidesInformation) {
    configureLog(LogFormat::Text, LogLevel::Warning);
    EXPECT_EQ(stderrOf([] {
                  logInfo("hidden");
                  logWarning("shown");
              }),
              "warning: shown\n");
}

TEST_F(Log, JsonHasOneObjectALine) {
    configureLog(LogFormat::Json, LogLevel::Debug);
    const std::string text = stderrOf([] {
        log(LogLevel::Error, "two\nlines \"quoted\" \xff", {{"step", "load"}});
    });
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    const auto line = nlohmann::json::parse(text);
    EXPECT_EQ(line["level"], "error");
    EXPECT_EQ(line["message"], "two\nlines \"quoted\" \xef\xbf\xbd");
    EXPECT_EQ(line["step"], "load");
    EXPECT_THAT(line["time"].get<std::string>(),
                testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
}

TEST_F(Log, WhatAMessageQuotesNeitherSteersTheTerminalNorForgesALine) {
    configureLog(LogFormat::Text, LogLevel::Info);
    EXPECT_EQ(stderrOf([] {
                  logInfo("tag 'a\nerror: forged \x1b[2J\xc2\x9b'");
                  logError("make failed:\n  x.c:1: \x1b[31m");
              }),
              "tag 'a\\nerror: forged \\u001b[2J\\u009b'\n"
              "error: make failed:\n  x.c:1: \\u001b[31m\n");
    configureLog(LogFormat::Json, LogLevel::Info);
    const std::string text = stderrOf([] {
        log(LogLevel::Info, "\x7f\xe2\x80\xae", {{"name", "\xc2\x9b"}});
    });
    EXPECT_THAT(text, testing::Not(testing::ContainsRegex("[\x7f\xc2\xe2]")));
    EXPECT_EQ(nlohmann::json::parse(text)["message"], "\x7f\xe2\x80\xae");
    EXPECT_EQ(nlohmann::json::parse(text)["name"], "\xc2\x9b");
}

TEST_F(Log, WhatAMessageQuotesKeepsItsSecrets) {
    for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
        configureLog(format, LogLevel::Info);
        const std::string text = stderrOf([] {
            log(LogLevel::Error, "cannot fetch https://me:word@host/a, PKCS11:o=k?PIN-VALUE=1234",
                {{"cause", "oci://me:word@host"}, {"all", {"pkcs11:o=k?pin-value=1234"}}});
        });
        EXPECT_THAT(text, testing::HasSubstr("https://***@host/a"));
        EXPECT_THAT(text, testing::Not(testing::HasSubstr("word")));
        EXPECT_THAT(text, testing::Not(testing::HasSubstr("1234")));
    }
}

} // namespace
} // namespace driverctl
