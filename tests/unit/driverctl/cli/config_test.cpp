#include "driverctl/cli/config.h"

#include "driverctl/cli/config_file.h"
#include "driverctl/cli/groups.h"
#include "host/base/error.h"
#include "host/process/forked.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Environment, OfAChildHasNoSettings) {
    ASSERT_EQ(::setenv("DRIVER_VERSION", "1.2", 1), 0);
    ASSERT_EQ(::setenv("DRIVERCTL_CONFIG", "/x", 1), 0);
    ASSERT_EQ(::setenv("HTTPS_PROXY_OF_TEST", "http://proxy", 1), 0);
    const auto variables = environmentWithoutSettings();
    EXPECT_THAT(variables, testing::Contains("HTTPS_PROXY_OF_TEST=http://proxy"));
    EXPECT_THAT(variables, testing::Each(testing::Not(
                               testing::AnyOf(testing::StartsWith("DRIVER_VERSION="),
                                              testing::StartsWith("DRIVERCTL_CONFIG=")))));
    for (const char* name : {"DRIVER_VERSION", "DRIVERCTL_CONFIG", "HTTPS_PROXY_OF_TEST"}) {
        ::unsetenv(name);
    }
}

TEST(Secrets, AreInNoMessageAndNoListingAndNoListingIsTakenForThem) {
    const std::pair<const char*, std::string> secrets[] = {
        {"mirror", "https://me:word@host/{channel}"},
        {"package-source", "oci://me:word@host/r"},
        {"sign", "PKCS11:token=t?PIN-VALUE=word"},
        {"package-key", "pkcs11:token=t?pin-value=word&module-name=m"},
    };
    for (const auto& [name, value] : secrets) {
        Config config;
        config.apply({{name, {value}}}, "flag --" + std::string(name));
        const std::string listing = printConfig(config);
        EXPECT_THAT(listing, testing::Not(HasSubstr("word"))) << name;
        EXPECT_THAT(listing, HasSubstr("***")) << name;
        EXPECT_THAT(valuesOf(config.options, setting(name)), ElementsAre(value));
        try {
            parseConfigFile(listing, "f");
            ADD_FAILURE() << name;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(name));
            EXPECT_THAT(error.remedy(), HasSubstr("secret"));
        }
        Options options;
        try {
            assign(options, setting(name), {value + std::string(1, '\0')}, "t");
            ADD_FAILURE() << name;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), testing::Not(HasSubstr("word"))) << name;
        }
    }
}

TEST(Layers, LaterOnesWinAndTheOriginIsKept) {
    Config config;
    config.apply(parseConfigFile("driver = \"535\"\nstore = \"/a\"\nforce = true\n", "f"),
                 "file f");
    config.apply({{"driver", {"550"}}}, "environment DRIVER_VERSION");
    config.apply({{"driver", {"580"}}}, "flag --driver");
    config.applyBelow({{"driver", {"1"}}, {"kernel", {"6.1"}}}, "node");
    EXPECT_EQ(config.options.driver.version, "580");
    EXPECT_EQ(config.options.store.directory, "/a");
    EXPECT_EQ(config.options.target.kernel, "6.1");
    EXPECT_TRUE(config.options.build.force);
    EXPECT_EQ(config.origins.at("driver"), "flag --driver");
    EXPECT_EQ(config.origins.at("store"), "file f");
    EXPECT_EQ(config.origins.at("kernel"), "node");
    EXPECT_THAT(printConfig(config), HasSubstr("driver = \"580\"  # flag --driver\n"));
    EXPECT_THAT(printConfig(config), HasSubstr("persistence = \"required\"  # default\n"));
}

const auto kAll = [](std::string_view /*setting*/) { return true; };

TEST(Environment, PrefersTheOwnNameAndSplitsLists) {
    const char* const variables[] = {
        "DRIVER_VERSION=1",        "DRIVERCTL_DRIVER=2", "DRIVERCTL_MIRROR=http://a,http://b",
        "KERNEL_MODULE_TYPE=open", "DRIVERCTL_TAG=",     nullptr};
    std::map<std::string, std::string, std::less<>> origins;
    const Layer layer = environmentLayer(variables, kAll, origins);
    EXPECT_THAT(layer.at("driver"), ElementsAre("2"));
    EXPECT_THAT(layer.at("mirror"), ElementsAre("http://a", "http://b"));
    EXPECT_THAT(layer.at("flavour"), ElementsAre("open"));
    EXPECT_EQ(origins.at("driver"), "environment DRIVERCTL_DRIVER");
    EXPECT_FALSE(layer.contains("tag"));
}

TEST(Environment, APatternIsAVariableForEachItem) {
    const char* const variables[] = {"NVFM_CONFIG_FABRIC_MODE=1", "NVFM_CONFIG_LOG_FILE_NAME=a,b",
                                     "NVFM=2", nullptr};
    std::map<std::string, std::string, std::less<>> origins;
    const Layer layer = environmentLayer(variables, kAll, origins);
    EXPECT_THAT(layer.at("fabric-config"), ElementsAre("FABRIC_MODE=1", "LOG_FILE_NAME=a,b"));
    EXPECT_EQ(origins.at("fabric-config"), "environment NVFM_CONFIG_*");
}

TEST(Environment, AnEmptyListIsNotTheSameAsNone) {
    for (const char* variable :
         {"DRIVERCTL_TRUST=,", "DRIVERCTL_TRUST=", "DRIVERCTL_TRUST= , ,", "DRIVERCTL_MIRROR=,",
          "DRIVERCTL_PACKAGE_SOURCE= ", "DRIVERCTL_KEYRING=", "DRIVERCTL_SIGNING_KEY="}) {
        const char* const variables[] = {variable, nullptr};
        std::map<std::string, std::string, std::less<>> origins;
        Config config;
        EXPECT_THROW(config.apply(environmentLayer(variables, kAll, origins), "t"), host::Error)
            << variable;
    }
    const char* const variables[] = {"DRIVERCTL_TRUST= /a.pem, ,/b.pem ,", nullptr};
    std::map<std::string, std::string, std::less<>> origins;
    EXPECT_THAT(environmentLayer(variables, kAll, origins).at("trust"),
                ElementsAre("/a.pem", "/b.pem"));
}

TEST(Environment, NamesOfOtherProgramsCountForSettingsThatAreRead) {
    const char* const variables[] = {"RUNTIME=python3.12", "DRIVERCTL_FLAVOUR=none", "ROOT=/r",
                                     nullptr};
    std::map<std::string, std::string, std::less<>> origins;
    const Layer layer = environmentLayer(
        variables, [](std::string_view setting) { return setting == "toolkit-root"; }, origins);
    EXPECT_EQ(layer, (Layer{{"flavour", {"none"}}, {"toolkit-root", {"/r"}}}));
}

TEST(Environment, ARelativeDirectoryOfXdgIsNone) {
    for (const auto& [variable, isTaken] :
         std::vector<std::pair<const char*, bool>>{{"XDG_CONFIG_HOME=/home/u/.config", true},
                                                   {"XDG_CONFIG_HOME=.config", false},
                                                   {"XDG_CONFIG_HOME=~/.config", false},
                                                   {"DRIVERCTL_CONFIG_HOME=.config", true}}) {
        const char* const variables[] = {variable, nullptr};
        std::map<std::string, std::string, std::less<>> origins;
        EXPECT_EQ(environmentLayer(variables, kAll, origins).contains("config-home"), isTaken)
            << variable;
    }
}

TEST(Environment, WithoutHomeThePasswordDatabaseIsAsked) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, to be somebody else";
    }
    constexpr uid_t kDaemon = 1;
    const passwd* const daemon = ::getpwuid(kDaemon);
    ASSERT_NE(daemon, nullptr);
    const std::string home = daemon->pw_dir;
    const auto places = host::answerOfChild(
        [] {
            ::unsetenv("HOME");
            const bool isOther = ::seteuid(kDaemon) == 0;
            const Options options = loadConfig({}, "/dev/null", kAll).options;
            return isOther ? options.runtime.configHome.string() + " " +
                                 options.registry.authFiles.back()
                           : "no such user";
        },
        std::chrono::seconds(60));
    EXPECT_EQ(places, home + "/.config " + home + "/.docker/config.json");
}

TEST(Environment, NamesWhatIsNamedLikeASettingAndIsNone) {
    const char* const variables[] = {"DRIVERCTL_STORR=/x",
                                     "DRIVERCTL_STORE=/x",
                                     "DRIVERCTL_CONFIG=/x",
                                     "DRIVER_VERSIONS=1",
                                     "DRIVERCTL_SERVICE_HOST=10.0.0.1",
                                     "DRIVERCTL_METRICS_PORT_9599_TCP_ADDR=10.0.0.1",
                                     "DRIVERCTL_PORT=tcp://10.0.0.1:1",
                                     "DRIVERCTL_QUUX",
                                     nullptr};
    EXPECT_THAT(unknownVariables(variables),
                ElementsAre("the environment's DRIVERCTL_STORR is no setting (did you mean "
                            "'DRIVERCTL_STORE'?)",
                            "the environment's DRIVERCTL_QUUX is no setting"));
}

TEST(Environment, SaysWhatTheTerminalCanShow) {
    const std::pair<std::vector<const char*>, Terminal> cases[] = {
        {{"TERM=xterm", nullptr}, Terminal::Coloured},
        {{"TERM=xterm", "NO_COLOR=", nullptr}, Terminal::Coloured},
        {{"TERM=xterm", "NO_COLOR=1", nullptr}, Terminal::Plain},
        {{"TERM=dumb", nullptr}, Terminal::Dumb},
        {{"NO_COLOR=1", "TERM=dumb", nullptr}, Terminal::Dumb},
        {{nullptr}, Terminal::Dumb},
    };
    for (const auto& [variables, terminal] : cases) {
        EXPECT_EQ(terminalOf(variables.data()), terminal);
    }
}

} // namespace
} // namespace driverctl
