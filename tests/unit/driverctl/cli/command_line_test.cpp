#include "driverctl/cli/command_line.h"

#include "driverctl/commands/all.h"
#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace driverctl {
namespace {

using testing::HasSubstr;
using testing::Not;

std::optional<Invocation> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "driverctl");
    return parseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, EveryCommandsSettingsExistAndAreNamedOnce) {
    for (const Command* command : kCommands) {
        std::set<std::string_view> names;
        for (const std::string_view name : settingsOf(*command)) {
            EXPECT_NO_THROW(setting(name)) << command->name << " " << name;
            EXPECT_TRUE(names.insert(name).second) << command->name << " " << name;
        }
        for (const Argument& argument : command->arguments) {
            EXPECT_TRUE(names.insert(argument.name).second)
                << command->name << " " << argument.name;
            EXPECT_FALSE(argument.help.empty()) << command->name << " " << argument.name;
        }
    }
}

TEST(CommandLine, EveryCommandAnswersHelpWithItsExitCodes) {
    for (const Command* command : kCommands) {
        testing::internal::CaptureStdout();
        const std::string name(command->name);
        const auto blank = name.find(' ');
        const std::string word = name.substr(0, blank);
        const std::string second = blank == std::string::npos ? "" : name.substr(blank + 1);
        const auto answer = second.empty() ? parse({word.c_str(), "--help"})
                                           : parse({word.c_str(), second.c_str(), "--help"});
        EXPECT_FALSE(answer.has_value());
        const std::string help = testing::internal::GetCapturedStdout();
        EXPECT_THAT(help, HasSubstr("Exit codes:\n  0      done\n  1      failed\n  2      wrong"));
        EXPECT_THAT(help, Not(HasSubstr("[[]]"))) << "no default is none";
        EXPECT_THAT(help, HasSubstr("--print-config"));
        EXPECT_THAT(help, HasSubstr("--log-format"));
    }
}

TEST(CommandLine, TakesTheOldScriptsOptions) {
    const auto update = parse({"update", "-k", "6.6.95-flatcar", "-t", "prod", "-m", "4"});
    ASSERT_TRUE(update);
    EXPECT_EQ(update->command->name, "update");
    EXPECT_EQ(update->config.options.target.kernel, "6.6.95-flatcar");
    EXPECT_EQ(update->config.options.driver.tag, "prod");
    EXPECT_EQ(update->config.options.build.maxThreads, 4U);
    const auto init = parse({"init", "-a", "--max-threads", "2"});
    ASSERT_TRUE(init);
    EXPECT_TRUE(init->config.options.command.acceptLicense);
}

TEST(CommandLine, CommonOptionsWorkBeforeAndAfterTheCommand) {
    for (const auto& invocation :
         {parse({"--log-format", "json", "status"}), parse({"status", "--log-format", "json"})}) {
        ASSERT_TRUE(invocation);
        EXPECT_EQ(invocation->config.options.log.format, LogFormat::Json);
    }
}

TEST(CommandLine, ListIsRepeatedOrSeparatedByCommas) {
    for (const std::vector<const char*>& words :
         {std::vector{"update", "--mirror", "http://a", "--mirror", "http://b"},
          std::vector{"update", "--mirror", "http://a, http://b"}}) {
        const auto invocation = parse(words);
        ASSERT_TRUE(invocation);
        EXPECT_THAT(invocation->config.options.mirror.bases,
                    testing::ElementsAre("http://a", "http://b"));
    }
}

TEST(CommandLine, WordsAfterAnOptionsValueAreArguments) {
    const auto invocation =
        parse({"package", "verify", "--store=/s", "--source-dir", "/src", "a.tar", "b.tar"});
    ASSERT_TRUE(invocation);
    EXPECT_EQ(invocation->command->name, "package verify");
    EXPECT_EQ(invocation->config.options.store.directory, "/s");
    EXPECT_EQ(invocation->config.options.driver.sourceDir, "/src");
    EXPECT_THAT(invocation->arguments.words("packages"), testing::ElementsAre("a.tar", "b.tar"));
}

TEST(CommandLine, OneWordForTheFirstArgumentTheRestForTheSecond) {
    const auto invocation = parse({"push", "oci://h/r", "a.tar", "b.tar"});
    ASSERT_TRUE(invocation);
    EXPECT_EQ(invocation->arguments.word("reference"), "oci://h/r");
    EXPECT_THAT(invocation->arguments.words("packages"), testing::ElementsAre("a.tar", "b.tar"));
}

TEST(CommandLine, AFlagMayMeanSomethingWithoutAValue) {
    const std::pair<std::vector<const char*>, const char*> cases[] = {
        {{"init"}, "auto"},
        {{"init", "--cdi"}, "/var/run/cdi"},
        {{"init", "--cdi", "--watch"}, "/var/run/cdi"},
        {{"init", "--cdi=/etc/cdi", "--watch"}, "/etc/cdi"},
        {{"init", "--cdi", "off"}, "off"},
        {{"init", "--cdi", "off", "--cdi"}, "/var/run/cdi"},
    };
    for (const auto& [arguments, value] : cases) {
        const auto invocation = parse(arguments);
        ASSERT_TRUE(invocation);
        EXPECT_EQ(invocation->config.options.life.cdi, value) << testing::PrintToString(arguments);
    }
}

TEST(CommandLine, AFlagOfACommandMayBeRepeated) {
    const auto invocation = parse({"device", "create", "--minor", "0", "--minor=3"});
    ASSERT_TRUE(invocation);
    EXPECT_THAT(invocation->arguments.words("minor"), testing::ElementsAre("0", "3"));
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

TEST(CommandLine, ATypingErrorGetsTheNearestWordAndTheCommandsOwnHelp) {
    const std::tuple<std::vector<const char*>, const char*, const char*> cases[] = {
        {{"updaet"}, "unknown command 'updaet' (did you mean 'update'?)", "driverctl"},
        {{"nonsense"}, "unknown command 'nonsense'", "driverctl"},
        {{"--quite"}, "unknown option '--quite' (did you mean '--quiet'?)", "driverctl"},
        {{"package", "lst"}, "unknown command 'lst' (did you mean 'list'?)", "driverctl package"},
        {{"package"}, "which of package's commands?", "driverctl package"},
        {{"update", "--stroe", "/a"},
         "unknown option '--stroe' (did you mean '--store'?)",
         "driverctl update"},
        {{"package", "list", "--jsn"},
         "unknown option '--jsn' (did you mean '--json'?)",
         "driverctl package list"},
        {{"package", "sign", "a", "--pakcage-key=pkcs11:a?pin-value=1"},
         "unknown option '--pakcage-key' (did you mean '--package-key'?)",
         "driverctl package sign"},
        {{"status", "extra"}, "unexpected argument 'extra'", "driverctl status"},
    };
    for (const auto& [arguments, message, command] : cases) {
        try {
            parse(arguments);
            ADD_FAILURE() << "accepted: " << testing::PrintToString(arguments);
        } catch (const host::Error& error) {
            EXPECT_STREQ(error.what(), message);
            EXPECT_EQ(error.remedy(), "See '" + std::string(command) + " --help'.");
        }
    }
    for (const auto& arguments : {std::vector<const char*>{"update", "-m"}, {"push"}}) {
        try {
            parse(arguments);
            ADD_FAILURE() << "accepted: " << testing::PrintToString(arguments);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.remedy(),
                      "See 'driverctl " + std::string(arguments.front()) + " --help'.");
        }
    }
}

TEST(CommandLine, TheLogsFormatIsKnownWhateverElseIsWrong) {
    const auto formatOf = [](std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), "driverctl");
        return wantedLogFormat(static_cast<int>(arguments.size()), arguments.data());
    };
    EXPECT_EQ(formatOf({"--log-format", "json", "nonsense"}), LogFormat::Json);
    EXPECT_EQ(formatOf({"update", "--nonsense", "--log-format=json"}), LogFormat::Json);
    EXPECT_EQ(formatOf({"update", "--log-format"}), LogFormat::Text);
    ASSERT_EQ(::setenv("DRIVERCTL_LOG_FORMAT", "json", 1), 0);
    EXPECT_EQ(formatOf({"nonsense"}), LogFormat::Json);
    EXPECT_EQ(formatOf({"nonsense", "--log-format", "text"}), LogFormat::Text);
    ::unsetenv("DRIVERCTL_LOG_FORMAT");
}

TEST(CommandLine, HelpCallsValuesByTheirKind) {
    for (const auto& [arguments, words] :
         std::vector<std::pair<std::vector<const char*>, std::vector<const char*>>>{
             {{"update", "--help"},
              {"--store DIR", "--keyring FILE", "--mirror URL ...", "--max-threads N"}},
             {{"package", "inspect", "--help"}, {"package FILE", "--show MEMBER"}}}) {
        testing::internal::CaptureStdout();
        EXPECT_FALSE(parse(arguments).has_value());
        const std::string help = testing::internal::GetCapturedStdout();
        for (const char* word : words) {
            EXPECT_THAT(help, HasSubstr(word));
        }
        EXPECT_THAT(help, Not(HasSubstr("VALUE")));
    }
}

} // namespace
} // namespace driverctl
