#include "driverctl/command_line.h"

#include "host/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace driverctl {
namespace {

using testing::HasSubstr;

std::optional<Invocation> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "driverctl");
    return parseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, EveryCommandsSettingsExist) {
    for (const Command& command : commands()) {
        for (const std::string_view name : command.settings) {
            EXPECT_NO_THROW(setting(name)) << command.name << " " << name;
        }
        EXPECT_FALSE(command.exitCodes.empty()) << command.name;
    }
}

TEST(CommandLine, EveryCommandAnswersHelpWithItsExitCodes) {
    for (const Command& command : commands()) {
        testing::internal::CaptureStdout();
        EXPECT_FALSE(parse({command.name.data(), "--help"}).has_value());
        const std::string help = testing::internal::GetCapturedStdout();
        EXPECT_THAT(help, HasSubstr("Exit codes:"));
        EXPECT_THAT(help, HasSubstr("--print-config"));
        EXPECT_THAT(help, HasSubstr("--log-format"));
    }
}

TEST(CommandLine, TakesTheOldScriptsOptions) {
    const auto update = parse({"update", "-k", "6.6.95-flatcar", "-t", "prod", "-m", "4"});
    ASSERT_TRUE(update);
    EXPECT_EQ(update->command->name, "update");
    EXPECT_EQ(update->config.options.kernel, "6.6.95-flatcar");
    EXPECT_EQ(update->config.options.tag, "prod");
    EXPECT_EQ(update->config.options.maxThreads, 4U);
    const auto init = parse({"init", "-a", "--max-threads", "2"});
    ASSERT_TRUE(init);
    EXPECT_TRUE(init->config.options.acceptLicense);
}

TEST(CommandLine, CommonOptionsWorkBeforeAndAfterTheCommand) {
    for (const auto& invocation :
         {parse({"--log-format", "json", "status"}), parse({"status", "--log-format", "json"})}) {
        ASSERT_TRUE(invocation);
        EXPECT_EQ(invocation->config.options.logFormat, "json");
    }
}

TEST(CommandLine, CollectsARepeatedList) {
    const auto invocation = parse({"update", "--mirror", "http://a", "--mirror", "http://b"});
    ASSERT_TRUE(invocation);
    EXPECT_THAT(invocation->config.options.mirrors, testing::ElementsAre("http://a", "http://b"));
}

TEST(CommandLine, PrintConfigNeedsNoCommand) {
    const auto invocation = parse({"--print-config"});
    ASSERT_TRUE(invocation);
    EXPECT_TRUE(invocation->printConfig);
    EXPECT_EQ(invocation->command, nullptr);
}

TEST(CommandLine, WrongUsageIsAUsageFault) {
    const std::vector<std::vector<const char*>> wrong = {{},
                                                         {"instal"},
                                                         {"update", "--nonsense"},
                                                         {"update", "--flavour", "closed"},
                                                         {"update", "-m"},
                                                         {"init", "--config", "/does/not/exist"}};
    for (const auto& arguments : wrong) {
        try {
            parse(arguments);
            ADD_FAILURE() << "accepted: " << testing::PrintToString(arguments);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage) << error.what();
        }
    }
}

} // namespace
} // namespace driverctl
