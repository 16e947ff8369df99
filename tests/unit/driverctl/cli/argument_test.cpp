#include "driverctl/cli/argument.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace driverctl {
namespace {

using testing::ElementsAre;

enum class Colour { Red, Green };

const std::vector<Argument> kRows = {
    {.name = "reference", .secret = Secret::Password},
    {.name = "files", .placeholder = "FILE", .isInput = true, .least = 0, .most = kAnyNumber},
    {.name = "colour",
     .flags = "--colour",
     .placeholder = "WORD",
     .choices = {{"red", Colour::Red}, {"green", Colour::Green}}},
    {.name = "dry-run", .flags = "--dry-run"},
};

TEST(Arguments, AreWhatWasGiven) {
    const Arguments given(
        kRows, {{"files", {"/a", "/b"}}, {"colour", {"red", "green"}}, {"dry-run", {"true"}}});
    EXPECT_THAT(given.words("files"), ElementsAre("/a", "/b"));
    EXPECT_EQ(given.word("files"), "/b");
    EXPECT_EQ(given.choice<Colour>("colour"), Colour::Green) << "the last one counts";
    EXPECT_TRUE(given.has("dry-run"));
    EXPECT_FALSE(given.has("reference"));
    EXPECT_EQ(given.word("reference"), "");
    EXPECT_EQ(Arguments(kRows).choice<Colour>("colour"), std::nullopt);
}

TEST(Arguments, RefuseWhatTheyCannotBe) {
    struct Case {
        Layer given;
        const char* message;
    };
    const Case cases[] = {
        {{{"colour", {"greem"}}},
         "flag --colour: colour cannot be 'greem' (did you mean 'green'?)"},
        {{{"files", {"/a", ""}}}, "the arguments: files cannot be ''"},
        {{{"files", {std::string("/a\0b", 4)}}}, "the arguments: files cannot be '/a\\u0000b'"},
        {{{"reference", {"oci://***@host/r"}}},
         "the arguments: reference cannot be 'oci://***@host/r'"},
    };
    for (const auto& [given, message] : cases) {
        try {
            const Arguments arguments(kRows, given);
            ADD_FAILURE() << message;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_STREQ(error.what(), message);
        }
    }
}

TEST(Arguments, FilesThatAreReadHaveToBeThere) {
    EXPECT_NO_THROW(Arguments(kRows, {{"files", {"/proc/version"}}}).requireInputs());
    for (const char* name : {"/does/not/exist", "/"}) {
        EXPECT_THROW(Arguments(kRows, {{"files", {name}}}).requireInputs(), host::Error) << name;
    }
}

TEST(Arguments, OneThatTheRowDoesNotHaveIsAMistakeInTheProgram) {
    EXPECT_THROW(static_cast<void>(Arguments(kRows).has("packages")), std::logic_error);
    EXPECT_THROW(Arguments(kRows, {{"packages", {"/a"}}}), std::logic_error);
}

} // namespace
} // namespace driverctl
