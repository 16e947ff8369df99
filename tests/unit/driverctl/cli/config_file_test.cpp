#include "driverctl/cli/config_file.h"

#include "driverctl/cli/groups.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/printable.h"

#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace driverctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// The message of the Usage error that `text` is.
std::string refusalOf(const std::string& text) {
    try {
        parseConfigFile(text, "f");
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::Usage);
        EXPECT_FALSE(error.remedy().empty());
        return error.what();
    }
    return "accepted: " + text;
}

TEST(ConfigFile, IsToml) {
    const Layer layer = parseConfigFile("# comment\n"
                                        "store=\"/a#b\"  # not a comment inside\n"
                                        "work-dir = '/c:\\d'\n"
                                        "force = true\n"
                                        "\"max-threads\" = 0x10\n"
                                        "mirror = [ \"http://a\", # first\n  'http://b', ]\n"
                                        "trust = \"/key.pem\"\n"
                                        "tag = \"\\u00e4\"\n",
                                        "f");
    EXPECT_THAT(layer.at("store"), ElementsAre("/a#b"));
    EXPECT_THAT(layer.at("work-dir"), ElementsAre("/c:\\d"));
    EXPECT_THAT(layer.at("force"), ElementsAre("true"));
    EXPECT_THAT(layer.at("max-threads"), ElementsAre("16"));
    EXPECT_THAT(layer.at("mirror"), ElementsAre("http://a", "http://b"));
    EXPECT_THAT(layer.at("trust"), ElementsAre("/key.pem"));
    EXPECT_THAT(layer.at("tag"), ElementsAre("\xc3\xa4"));
    EXPECT_TRUE(parseConfigFile("", "f").empty());
    EXPECT_TRUE(parseConfigFile("\xef\xbb\xbf# only a BOM\r\n", "f").empty());
}

TEST(ConfigFile, WhatIsNoTomlIsRefusedWithLineAndColumn) {
    const std::pair<const char*, const char*> cases[] = {
        {"store", "f:1:"},
        {"\n\n  force", "f:3:"},
        {"store = /a", "f:1:9: "},
        {"store = \"/a", "f:1:"},
        {"store = \"/a\" force = true", "f:1:"},
        {"store = \"/a\"\nstore = \"/b\"", "f:2:"},
        {"tag = \"\xff\"", "f:1:"},
        {"tag = \"\x1b\"", "f:1:"},
        {"tag = \"\\q\"", "f:1:"},
        {"force = True", "f:1:9: "},
    };
    for (const auto& [text, place] : cases) {
        EXPECT_THAT(refusalOf(text), StartsWith(place));
    }
    EXPECT_THAT(refusalOf("mirror = " + std::string(100000, '[')), StartsWith("f:1:"));
}

TEST(ConfigFile, UnknownKeysAreRefusedWithTheNearestName) {
    EXPECT_EQ(refusalOf("force = true\n  stroe = \"/a\""),
              "f:2:3: unknown setting 'stroe' (did you mean 'store'?)");
    EXPECT_EQ(refusalOf("[section]\nstore = \"/a\""), "f:1:2: unknown setting 'section'");
    EXPECT_EQ(refusalOf("a.b = 1"), "f:1:1: unknown setting 'a'");
    EXPECT_EQ(refusalOf("\"store \" = \"/a\""),
              "f:1:1: unknown setting 'store ' (did you mean 'store'?)");
}

TEST(ConfigFile, ArgumentsOfActionsAreNoSettings) {
    for (const char* line :
         {"packages = [\"/a\"]", "dry-run = true", "plan = true", "html = true",
          "probe = \"startup\"", "output = \"/a\"", "image = \"/a\"", "reference = \"oci://a/b\"",
          "directory = \"/a\"", "show = \"manifest\""}) {
        EXPECT_THAT(refusalOf(line), StartsWith("f:1:1: unknown setting")) << line;
    }
}

TEST(ConfigFile, ValuesHaveTheTypeOfTheirSetting) {
    const std::pair<const char*, const char*> cases[] = {
        {"store = { a = 1 }", "f:1:9: store has a value of the wrong type"},
        {"driver = 580.65", "f:1:10: driver has a value of the wrong type"},
        {"store = [\"/a\"]", "f:1:9: store has a value of the wrong type"},
        {"force = \"true\"", "f:1:9: force has a value of the wrong type"},
        {"force = 1", "f:1:9: force has a value of the wrong type"},
        {"max-threads = \"2\"", "f:1:15: max-threads has a value of the wrong type"},
        {"max-threads = 2.0", "f:1:15: max-threads has a value of the wrong type"},
        {"max-threads = -1", "f:1:15: max-threads cannot be '-1'"},
        {"max-threads = 4294967296", "f:1:15: max-threads cannot be '4294967296'"},
        {"mirror = [\"http://a\", 1]", "f:1:10: mirror has a value of the wrong type"},
        {"mirror = [[\"http://a\"]]", "f:1:10: mirror has a value of the wrong type"},
        {"store = 2026-01-01", "f:1:9: store has a value of the wrong type"},
        {"[store]", "f:1:1: store has a value of the wrong type"},
        {"\nflavour = \"opn\"", "f:2:11: flavour cannot be 'opn' (did you mean 'open'?)"},
        {"trust = []", "f:1:9: trust cannot be ''"},
        {"trust = [\"\"]", "f:1:9: trust cannot be ''"},
        {"keyring = \"\"", "f:1:11: keyring cannot be ''"},
        {"store = \"/a\\u0000b\"", "f:1:9: store cannot be '/a\\u0000b'"},
    };
    for (const auto& [text, message] : cases) {
        EXPECT_EQ(refusalOf(text), message);
    }
}

TEST(ConfigFile, ThatCannotBeReadIsWrongUsage) {
    const host::TempDir directory(std::filesystem::temp_directory_path(), "config-test-");
    const auto large = directory.path() / "large";
    std::ofstream(large) << std::string(2 << 20, '#');
    for (const auto& file : {directory.path() / "missing", directory.path(), large}) {
        try {
            readConfigFile(file);
            ADD_FAILURE() << file;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_THAT(error.what(), HasSubstr(file.string()));
        }
    }
}

TEST(ConfigFile, AsksForALogFormatWhateverElseIsWrongWithIt) {
    const host::TempDir directory(std::filesystem::temp_directory_path(), "config-test-");
    const auto file = directory.path() / "f";
    std::ofstream(file) << "log-format = \"json\"\nnonsense = 1\n";
    EXPECT_EQ(logFormatIn(file), "json");
    EXPECT_EQ(logFormatIn(directory.path() / "missing"), std::nullopt);
}

/// Texts with everything that has a meaning to TOML, and characters from everywhere.
class Random {
  public:
    unsigned below(unsigned bound) { return engine_() % bound; }

    std::string text() {
        static constexpr const char* kPieces[] = {
            "a",
            "/",
            "\"",
            "\\",
            "#",
            "'",
            "\"\"\"",
            "]",
            ",",
            " = ",
            "\n",
            "\r\n",
            "\t",
            "{",
            "\x1b[2J",
            "\x7f",
            "\xc2\x9b",
            "\xe2\x80\xae",
            "\\u0041",
            "\b",
            "\f",
            "\xf0\x9f\x9a\x80",
            "\xef\xbb\xbf",
            " ",
        };
        std::string out = "x";
        for (unsigned count = below(12); count > 0; --count) {
            out += kPieces[below(std::size(kPieces))];
        }
        return out;
    }

    std::vector<std::string> valueOf(const Setting& row) {
        if (!row.choices.empty()) {
            return {
                std::string(row.choices[below(static_cast<unsigned>(row.choices.size()))].text)};
        }
        if (row.is<bool*>()) {
            return {below(2) == 0 ? "true" : "false"};
        }
        if (row.is<unsigned*>()) {
            return {std::to_string(engine_())};
        }
        std::vector<std::string> values = {text()};
        while (row.isList() && below(2) == 0) {
            values.push_back(text());
        }
        return values;
    }

  private:
    std::mt19937 engine_{15}; // NOLINT(cert-msc32-c,cert-msc51-cpp): repeatable
};

TEST(PrintedConfiguration, IsAConfigurationFileForAllValues) {
    Random random;
    for (int round = 0; round < 50; ++round) {
        Config config;
        for (const Setting& row : settings()) {
            if (random.below(3) != 0) {
                config.apply({{std::string(row.name), random.valueOf(row)}},
                             "file " + random.text());
            }
        }
        const std::string listing = printConfig(config);
        EXPECT_EQ(host::printableLines(listing), listing) << "for the terminal as it is";
        Config again;
        ASSERT_NO_THROW(again.apply(parseConfigFile(listing, "f"), "file f")) << listing;
        for (const Setting& row : settings()) {
            EXPECT_EQ(valuesOf(again.options, row), valuesOf(config.options, row)) << row.name;
        }
    }
}

TEST(PrintedConfiguration, LeavesOutWhatAFileCannotSay) {
    Config config;
    config.apply({{"store", {"/a\xff"}}}, "flag --store");
    const std::string listing = printConfig(config);
    EXPECT_THAT(listing, HasSubstr("\n# store = \"/a\\xff\"  # flag --store, no UTF-8\n"));
    EXPECT_THAT(listing, HasSubstr("\n# trust = []  # default\n"));
    EXPECT_THAT(listing, testing::Not(HasSubstr("dry-run")));
    EXPECT_NO_THROW(parseConfigFile(listing, "f"));
}

} // namespace
} // namespace driverctl
