#include "driverctl/config.h"

#include "host/error.h"
#include "host/file.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConfigFile : public testing::Test {
  protected:
    std::filesystem::path write(const std::string& text) {
        const auto file = directory_.path() / "driverctl.toml";
        std::ofstream(file) << text;
        return file;
    }

    host::TempDir directory_{std::filesystem::temp_directory_path(), "config-test-"};
};

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
        const bool none = std::holds_alternative<bool Options::*>(row.member) ||
                          std::holds_alternative<unsigned Options::*>(row.member);
        EXPECT_EQ(row.placeholder.empty(), none) << row.name;
        EXPECT_NE(row.placeholder, "VALUE") << row.name;
        EXPECT_FALSE(row.help.empty()) << row.name;
    }
}

TEST(Settings, EveryDefaultIsAllowedByItsOwnChoices) {
    for (const Setting& row : settings()) {
        if (!row.choices.empty()) {
            const auto* member = std::get_if<std::string Options::*>(&row.member);
            ASSERT_NE(member, nullptr) << row.name;
            EXPECT_THAT(row.choices, testing::Contains(std::string_view(Options{}.*(*member))))
                << row.name;
        }
    }
}

TEST(Settings, ValuesOfIsWhatAssignTakes) {
    Options from;
    from.force = true;
    from.mirrors = {"https://one", "https://two"};
    from.maxThreads = 7;
    from.store = "/store";
    Options to;
    for (const Setting& row : settings()) {
        assign(to, row, valuesOf(from, row), "test");
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
    EXPECT_EQ(options.flavour, "auto");
}

TEST(Assign, KnowsTheWordsOfNvidiasDriverContainer) {
    Options options;
    assign(options, setting("flavour"), {"true"}, "environment OPEN_KERNEL_MODULES_ENABLED");
    EXPECT_EQ(options.flavour, "open");
}

TEST(Assign, RefusesWhatIsNoNumberOrNoFlag) {
    Options options;
    for (const char* value : {"", "-1", "4x", "99999999999999"}) {
        EXPECT_THROW(assign(options, setting("max-threads"), {value}, "t"), host::Error) << value;
    }
    EXPECT_THROW(assign(options, setting("force"), {"maybe"}, "t"), host::Error);
}

TEST_F(ConfigFile, LaterLayersWinAndTheOriginIsKept) {
    Config config;
    config.apply(readConfigFile(write("driver = \"535\"\nstore = \"/a\"\nforce = true\n")),
                 "file f");
    config.apply({{"driver", {"550"}}}, "environment DRIVER_VERSION");
    config.apply({{"driver", {"580"}}}, "flag --driver");
    config.applyBelow({{"driver", {"1"}}, {"kernel", {"6.1"}}}, "node");
    EXPECT_EQ(config.options.driver, "580");
    EXPECT_EQ(config.options.store, "/a");
    EXPECT_EQ(config.options.kernel, "6.1");
    EXPECT_TRUE(config.options.force);
    EXPECT_EQ(config.origins.at("driver"), "flag --driver");
    EXPECT_EQ(config.origins.at("store"), "file f");
    EXPECT_EQ(config.origins.at("kernel"), "node");
    EXPECT_THAT(printConfig(config), HasSubstr("driver = \"580\"  # flag --driver\n"));
    EXPECT_THAT(printConfig(config), HasSubstr("persistence = \"required\"  # default\n"));
}

TEST_F(ConfigFile, UnknownKeyNamesFileAndKey) {
    const auto file = write("driver-version = \"535\"\n");
    try {
        readConfigFile(file);
        FAIL() << "accepted";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_THAT(error.what(), HasSubstr(file.string() + ": unknown setting 'driver-version'"));
    }
}

TEST_F(ConfigFile, PrintedConfigurationIsAConfigurationFile) {
    Config config;
    config.apply({{"mirror", {"http://127.0.0.1:1/a b", "http://127.0.0.1:2"}},
                  {"tag", {"a\"b"}},
                  {"max-threads", {"7"}}},
                 "test");
    Config again;
    again.apply(readConfigFile(write(printConfig(config))), "file");
    EXPECT_THAT(again.options.mirrors, ElementsAre("http://127.0.0.1:1/a b", "http://127.0.0.1:2"));
    EXPECT_EQ(again.options.maxThreads, 7U);
    EXPECT_EQ(again.options.store, config.options.store);
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

} // namespace
} // namespace driverctl
