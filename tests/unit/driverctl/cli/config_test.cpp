#include "driverctl/cli/config.h"

#include "driverctl/cli/config_file.h"
#include "driverctl/commands/build_child.h"
#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Settings, NamesAndVariablesAreUnique) {
    std::set<std::string_view> names;
    std::set<std::string_view> variables;
    for (const Setting& row : settings()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        for (const std::string_view variable : row.environment) {
            EXPECT_TRUE(variables.insert(variable).second) << variable;
        }
    }
}

TEST(Settings, TheHelpSaysWhatKindOfValueEachTakes) {
    for (const Setting& row : settings()) {
        const bool none = row.is<bool*>() || row.is<unsigned*>();
        EXPECT_EQ(row.placeholder.empty(), none) << row.name;
        EXPECT_NE(row.placeholder, "VALUE") << row.name;
        EXPECT_FALSE(row.help.empty()) << row.name;
    }
}

TEST(Settings, EveryDefaultIsAllowedByItsOwnChoices) {
    for (const Setting& row : settings()) {
        if (!row.choices.empty()) {
            EXPECT_NE(std::ranges::find(row.choices, valuesOf(Options{}, row).front(), &Word::text),
                      row.choices.end())
                << row.name;
        }
    }
}

TEST(Settings, ValuesOfIsWhatAssignTakes) {
    Options from;
    from.build.force = true;
    from.mirror.bases = {"https://one", "https://two"};
    from.build.maxThreads = 7;
    from.store.directory = "/store";
    Options to;
    for (const Setting& row : settings()) {
        const auto values = valuesOf(from, row);
        if (!row.guards || (!values.empty() && !values.front().empty())) {
            assign(to, row, values, "test");
        }
        EXPECT_EQ(format(to, row), format(from, row)) << row.name;
    }
}

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

TEST(Assign, NamesOriginSettingValueAndChoicesOfABadValue) {
    Options options;
    try {
        assign(options, setting("flavour"), {"closed"}, "flag --flavour");
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_STREQ(error.what(), "flag --flavour: flavour cannot be 'closed'");
        EXPECT_EQ(error.remedy(), "Give one of: auto open proprietary.");
    }
    EXPECT_EQ(options.driver.flavour, std::nullopt);
}

TEST(Assign, KnowsTheWordsOfNvidiasDriverContainer) {
    Options options;
    assign(options, setting("flavour"), {"true"}, "environment OPEN_KERNEL_MODULES_ENABLED");
    EXPECT_EQ(options.driver.flavour, precompile::Flavour::Open);
}

TEST(Assign, RefusesWhatIsNoNumberOrNoFlag) {
    Options options;
    for (const char* value : {"", "-1", "4x", "99999999999999"}) {
        EXPECT_THROW(assign(options, setting("max-threads"), {value}, "t"), host::Error) << value;
    }
    EXPECT_THROW(assign(options, setting("force"), {"maybe"}, "t"), host::Error);
}

TEST(Assign, RefusesEmptyValuesOfWhatGuardsAndOfWhatHasADefault) {
    const std::pair<const char*, std::vector<std::string>> refused[] = {
        {"trust", {}},
        {"trust", {""}},
        {"trust", {"/a", ""}},
        {"keyring", {""}},
        {"signing-key", {""}},
        {"ca-file", {""}},
        {"sign", {""}},
        {"package-key", {""}},
        {"mirror", {}},
        {"mirror", {""}},
        {"store", {""}},
        {"work-dir", {""}},
        {"package-source", {""}},
        {"run-dir", {}},
    };
    for (const auto& [name, values] : refused) {
        Options options;
        EXPECT_THROW(assign(options, setting(name), values, "t"), host::Error) << name;
    }
    Options options;
    EXPECT_NO_THROW(assign(options, setting("package-source"), {}, "t"));
    EXPECT_NO_THROW(assign(options, setting("tag"), {""}, "t"));
    EXPECT_NO_THROW(assign(options, setting("channel"), {""}, "t"));
}

TEST(Assign, RefusesNulCharactersAndNamesTheNearestChoice) {
    Options options;
    EXPECT_THROW(assign(options, setting("store"), {std::string("/a\0b", 4)}, "t"), host::Error);
    try {
        assign(options, setting("flavour"), {"opne"}, "t");
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_STREQ(error.what(), "t: flavour cannot be 'opne' (did you mean 'open'?)");
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

TEST(Secrets, AreOnNoChildsCommandLine) {
    Options options;
    options.mirror.bases = {"https://me:word@host/{channel}", "https://plain"};
    options.signing.moduleKey = "pkcs11:token=t?pin-value=word";
    options.driver.tag = "t";
    const host::Command child = updateCommand(options);
    EXPECT_THAT(child.argv, testing::Each(testing::Not(HasSubstr("word"))));
    EXPECT_THAT(child.argv, testing::Contains("--tag=t"));
    ASSERT_TRUE(child.environment.has_value());
    EXPECT_THAT(
        *child.environment,
        testing::IsSupersetOf({"DRIVERCTL_MIRROR=https://me:word@host/{channel},https://plain",
                               "DRIVERCTL_SIGN=pkcs11:token=t?pin-value=word"}));
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

TEST(Environment, PrefersTheOwnNameAndSplitsLists) {
    const char* const variables[] = {
        "DRIVER_VERSION=1",        "DRIVERCTL_DRIVER=2", "DRIVERCTL_MIRROR=http://a,http://b",
        "KERNEL_MODULE_TYPE=open", "DRIVERCTL_TAG=",     nullptr};
    std::map<std::string, std::string, std::less<>> origins;
    const Layer layer = environmentLayer(variables, origins);
    EXPECT_THAT(layer.at("driver"), ElementsAre("2"));
    EXPECT_THAT(layer.at("mirror"), ElementsAre("http://a", "http://b"));
    EXPECT_THAT(layer.at("flavour"), ElementsAre("open"));
    EXPECT_EQ(origins.at("driver"), "environment DRIVERCTL_DRIVER");
    EXPECT_FALSE(layer.contains("tag"));
}

TEST(Environment, AnEmptyListIsNotTheSameAsNone) {
    for (const char* variable :
         {"DRIVERCTL_TRUST=,", "DRIVERCTL_TRUST=", "DRIVERCTL_TRUST= , ,", "DRIVERCTL_MIRROR=,",
          "DRIVERCTL_PACKAGE_SOURCE= ", "DRIVERCTL_KEYRING=", "DRIVERCTL_SIGNING_KEY="}) {
        const char* const variables[] = {variable, nullptr};
        std::map<std::string, std::string, std::less<>> origins;
        Config config;
        EXPECT_THROW(config.apply(environmentLayer(variables, origins), "t"), host::Error)
            << variable;
    }
    const char* const variables[] = {"DRIVERCTL_TRUST= /a.pem, ,/b.pem ,", nullptr};
    std::map<std::string, std::string, std::less<>> origins;
    EXPECT_THAT(environmentLayer(variables, origins).at("trust"), ElementsAre("/a.pem", "/b.pem"));
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
    const std::pair<std::vector<const char*>, host::Terminal> cases[] = {
        {{"TERM=xterm", nullptr}, host::Terminal::Coloured},
        {{"TERM=xterm", "NO_COLOR=", nullptr}, host::Terminal::Coloured},
        {{"TERM=xterm", "NO_COLOR=1", nullptr}, host::Terminal::Plain},
        {{"TERM=dumb", nullptr}, host::Terminal::Dumb},
        {{"NO_COLOR=1", "TERM=dumb", nullptr}, host::Terminal::Dumb},
        {{nullptr}, host::Terminal::Dumb},
    };
    for (const auto& [variables, terminal] : cases) {
        EXPECT_EQ(terminalOf(variables.data()), terminal);
    }
}

} // namespace
} // namespace driverctl
