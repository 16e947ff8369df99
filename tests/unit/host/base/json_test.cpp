#include "host/base/json.h"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::ElementsAre;

const JsonOrigin kOrigin{
    .refusal = "index.json is no index", .remedy = "Write it again.", .fault = Fault::Verification};

JsonValue read(const std::string& text) {
    return {text, kOrigin};
}

struct Case {
    const char* document;
    std::function<void(const JsonValue&)> read;
    const char* says; ///< behind "index.json is no index: "
};

void expectRefusals(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        try {
            one.read(read(one.document));
            ADD_FAILURE() << one.document;
        } catch (const Error& error) {
            EXPECT_EQ(error.what(), std::string("index.json is no index: ") + one.says);
            EXPECT_EQ(error.remedy(), "Write it again.");
            EXPECT_EQ(error.fault(), Fault::Verification);
        }
    }
}

TEST(ParseStrict, WhatHasASecondReadingIsRefused) {
    const auto nothing = [](const JsonValue&) {};
    expectRefusals({
        {"", nothing, "it is empty"},
        {"{", nothing, "it is no JSON, from byte 2 on"},
        {"{} {}", nothing, "it is no JSON, from byte 4 on"},
        {"[1,]", nothing, "it is no JSON, from byte 4 on"},
        {"\"\xff\"", nothing, "it is no JSON, from byte 2 on"},
        {R"({"password": "secret)", nothing, "it is no JSON, from byte 21 on"},
        {"1e999", nothing, "it is no JSON: it has a number that is too large"},
        {R"({"a": 1, "a": 1})", nothing, "it has the field 'a' twice"},
        {R"([{"a": {"b": {}, "b": {}}}])", nothing, "it has the field 'b' twice"},
        {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", nothing, "it is nested deeper than 16 levels"},
    });
    EXPECT_NO_THROW(read(R"([{"a": 1}, {"a": 1}, {"b": {"a": 1}}])")) << "other objects' fields";
    EXPECT_NO_THROW(read("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]")) << "16 levels";
}

TEST(ParseStrict, KeepsTheOrderWhereItMatters) {
    EXPECT_EQ(parseStrictInOrder(R"({"b":1,"a":2})").dump(), R"({"b":1,"a":2})");
    EXPECT_EQ(parseStrict(R"({"b":1,"a":2})").dump(), R"({"a":2,"b":1})");
    EXPECT_THROW(parseStrictInOrder(R"({"a":1,"a":2})"), Error);
}

TEST(JsonValue, ErrorsSayWhere) {
    const auto size = [](const JsonValue& value) {
        static_cast<void>(value.at("packages").list(2).back().at("size").integer<unsigned>());
    };
    const auto text = [](const JsonValue& value) { static_cast<void>(value.at("a").text()); };
    const auto flag = [](const JsonValue& value) { static_cast<void>(value.at("a").flag()); };
    const auto texts = [](const JsonValue& value) { static_cast<void>(value.at("a").texts()); };
    const auto fields = [](const JsonValue& value) { static_cast<void>(value.fields()); };
    const auto lower = [](const JsonValue& value) {
        static_cast<void>(value.at("a").text([](const std::string& name) { return name == "b"; }));
    };
    expectRefusals({
        {"[]", size, "it is no object"},
        {"{}", size, "it has no field 'packages'"},
        {R"({"packages": {}})", size, "packages is no list"},
        {R"({"packages": [1, 2, 3]})", size, "packages has 3 entries, at most 2 are allowed"},
        {R"({"packages": [1, 2]})", size, "packages[1] is no object"},
        {R"({"packages": [{}]})", size, "packages[0] has no field 'size'"},
        {R"({"packages": [{"size": "1"}]})", size,
         "packages[0].size is no whole number of its range"},
        {R"({"packages": [{"size": -1}]})", size,
         "packages[0].size is no whole number of its range"},
        {R"({"packages": [{"size": 1.5}]})", size,
         "packages[0].size is no whole number of its range"},
        {R"({"packages": [{"size": 1e45}]})", size,
         "packages[0].size is no whole number of its range"},
        {R"({"packages": [{"size": 4294967296}]})", size,
         "packages[0].size is no whole number of its range"},
        {R"({"a": 1})", text, "a is no text"},
        {R"({"a": "A"})", lower, "a has the invalid value 'A'"},
        {R"({"a": 1})", flag, "a is neither true nor false"},
        {R"({"a": ["x", null]})", texts, "a[1] is no text"},
        {R"("a")", fields, "it is no object"},
    });
}

TEST(JsonValue, IsWhatItIsAskedForAs) {
    const auto value = read(R"({"n": 4294967295, "t": "x", "f": true, "l": ["a", "b"],
                                "o": {"z": 1, "y": 2}, "null": null})");
    EXPECT_EQ(value.at("n").integer<std::uint32_t>(), 4294967295U);
    EXPECT_EQ(value.at("t").text(), "x");
    EXPECT_TRUE(value.at("f").flag());
    EXPECT_THAT(value.at("l").texts(2), ElementsAre("a", "b"));
    EXPECT_TRUE(value.at("null").isNull());
    EXPECT_FALSE(value.find("later"));
    std::vector<std::string> names;
    for (const auto& [name, field] : value.at("o").fields()) {
        names.push_back(name + std::to_string(field.integer<int>()));
    }
    EXPECT_THAT(names, ElementsAre("y2", "z1"));
}

TEST(JsonValue, OutlivesTheDocumentItWasReadFrom) {
    const auto entry = read(R"({"a": [{"b": "text"}]})").at("a").list().front();
    EXPECT_EQ(entry.at("b").text(), "text");
}

} // namespace
} // namespace host
