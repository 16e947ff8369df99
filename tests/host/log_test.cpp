#include "host/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace host {
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

} // namespace
} // namespace host
