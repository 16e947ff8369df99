#include "host/base/documents/toml.h"

#include "host/base/error.h"

#include <gtest/gtest.h>

namespace {

TEST(Toml, WhatIsNoneIsRefusedWithItsPlace) {
    const std::pair<const char*, const char*> cases[] = {
        {"a", "f:1:2: "},         {"\na = 'b", "f:2:"}, {"a = 1\na = 2", "f:2:"},
        {"a = \"\xff\"", "f:1:"}, {"[[[", "f:1:3: "}, // toml++ asserts that it is not so
        {"[a.[", "f:1:4: "},      {"[[,", "f:1:3: "},
    };
    for (const auto& [text, place] : cases) {
        try {
            host::parseToml(text, "f", "Write TOML.");
            ADD_FAILURE() << "accepted: " << text;
        } catch (const host::Error& error) {
            EXPECT_TRUE(std::string_view(error.what()).starts_with(place)) << error.what();
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_EQ(error.remedy(), "Write TOML.");
        }
    }
}

TEST(Toml, BlanksBehindALineThatGoesOnAreNoLetters) {
    const auto table = host::parseToml("a = \"\"\"x\\\n  é\"\"\"", "f", "");
    EXPECT_EQ(table["a"].value<std::string>(), "xé");
}

TEST(Toml, ValuesKnowTheirPlace) {
    const auto table = host::parseToml("\n  key = 1", "f", "");
    EXPECT_EQ(host::placeIn("f", table.get("key")->source()), "f:2:9");
}

} // namespace
