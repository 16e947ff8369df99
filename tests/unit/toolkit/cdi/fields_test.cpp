#include "toolkit/cdi/fields.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
using cdi::Field;
using cdi::FieldType;
using nlohmann::json;

namespace {

std::vector<std::string> placesOf(const json& document, bool known) {
    std::vector<std::string> places;
    cdi::forEachField(document, [&](const cdi::Place& place) {
        if ((place.field != nullptr) == known) {
            places.push_back(place.path);
        }
    });
    return places;
}

} // namespace

TEST(CdiFields, AreFoundAtEveryDepth) {
    const json document = {
        {"kind", "v/c"},
        {"more", {{"inside", 1}}},
        {"devices",
         {{{"name", "a"}, {"nmae", "b"}}, {{"containerEdits", {{"mounts", {{{"x", 1}}}}}}}}}};
    EXPECT_THAT(placesOf(document, true),
                testing::UnorderedElementsAre("kind", "devices", "devices[0].name",
                                              "devices[1].containerEdits",
                                              "devices[1].containerEdits.mounts"));
    EXPECT_THAT(placesOf(document, false),
                testing::UnorderedElementsAre("more", "devices[0].nmae",
                                              "devices[1].containerEdits.mounts[0].x"));
}

TEST(CdiFields, HoldOneTypeOrNull) {
    struct Case {
        FieldType type;
        json good;
        std::vector<json> bad;
    };
    const Case cases[] = {
        {FieldType::Text, "a", {1, json::array()}},
        {FieldType::Texts, {"a", "b"}, {"a", {1}, {nullptr}}},
        {FieldType::TextByKey, {{"a", "b"}}, {{{"a", 1}}, json::array({"a"})}},
        {FieldType::Flag, false, {"false", 0}},
        {FieldType::Integer, -1, {1.5, 1e19, "1"}},
        {FieldType::Unsigned, 4294967295U, {-1, 4294967296U, 1.0}},
        {FieldType::Unsigneds, {0, 44}, {44, json::array({-1})}},
        {FieldType::Object, json::object(), {json::array(), "a"}},
        {FieldType::Objects, json::array({json::object()}), {json::object(), json::array({1})}},
    };
    for (const auto& [type, good, bad] : cases) {
        const Field field{.name = "field", .type = type};
        EXPECT_TRUE(fits(field, good)) << good;
        EXPECT_TRUE(fits(field, nullptr)) << describe(type);
        for (const auto& other : bad) {
            EXPECT_FALSE(fits(field, other)) << describe(type) << ": " << other;
        }
    }
}

TEST(CdiFields, NumbersAndTruthsAreTextsWhereATextIsMeant) {
    json document = json::parse(R"({
        "cdiVersion": 0.5, "kind": null, "unknown": 1, "annotations": {"a.b/c": true},
        "devices": [{"name": 0, "containerEdits": {
            "env": [7, "A=b", false, {}],
            "hooks": [{"path": 1.0, "timeout": 5}],
            "deviceNodes": [{"path": -1, "major": 195}, 3]}}],
        "containerEdits": {"additionalGids": [44], "mounts": 2}})");
    cdi::readScalarsAsTexts(document);
    EXPECT_EQ(document, json::parse(R"({
        "cdiVersion": "0.5", "kind": null, "unknown": 1, "annotations": {"a.b/c": "true"},
        "devices": [{"name": "0", "containerEdits": {
            "env": ["7", "A=b", "false", {}],
            "hooks": [{"path": "1", "timeout": 5}],
            "deviceNodes": [{"path": "-1", "major": 195}, 3]}}],
        "containerEdits": {"additionalGids": [44], "mounts": 2}})"));
    for (json odd : {json(), json(1), json::array({1}), json({{"devices", {{{"name", 1}}, 2}}})}) {
        EXPECT_NO_THROW(cdi::readScalarsAsTexts(odd)) << odd;
    }
}

TEST(CdiFields, MayBeLookedForInAnything) {
    EXPECT_EQ(cdi::memberOf({{"a", 1}}, "a"), 1);
    EXPECT_TRUE(cdi::memberOf({{"a", 1}}, "b").is_null());
    EXPECT_TRUE(cdi::memberOf("a", "a").is_null());
    EXPECT_TRUE(cdi::memberOf(json::array({"a"}), "a").is_null());
}
