#include "precompile/package/manifest.h"

#include "host/base/error.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json sample() {
    const tests::SamplePackage package;
    return json::parse(toJson(Package(package.file).manifest()));
}

TEST(Manifest, RoundTrip) {
    const std::string text = toJson(manifestFromJson(sample().dump(), "x"));
    EXPECT_EQ(toJson(manifestFromJson(text, "x")), text);
    EXPECT_EQ(manifestFromJson(text, "x").identity, tests::sampleIdentity());
}

TEST(Manifest, UnknownFieldsAreIgnored) {
    json document = sample();
    document["later"] = 1;
    EXPECT_NO_THROW(manifestFromJson(document.dump(), "x"));
}

TEST(Manifest, UnknownFormatIsRefusedByName) {
    json document = sample();
    document["format"] = 2;
    EXPECT_THAT([&] { manifestFromJson(document.dump(), "x"); },
                testing::ThrowsMessage<host::Error>(HasSubstr("package format 2 is not known")));
}

TEST(Manifest, EveryMissingFieldIsNamed) {
    const json whole = sample();
    for (const auto& [key, value] : whole.items()) {
        if (key == "attachments") {
            continue; // older packages have none
        }
        json document = whole;
        document.erase(key);
        EXPECT_THAT([&] { manifestFromJson(document.dump(), "x"); },
                    testing::ThrowsMessage<host::Error>(HasSubstr("'" + key + "'")))
            << key;
    }
    for (const auto& [key, value] : whole["modules"][0].items()) {
        json document = whole;
        document["modules"][0].erase(key);
        EXPECT_THROW(manifestFromJson(document.dump(), "x"), host::Error) << key;
    }
}

TEST(Manifest, HostileValuesAreRefused) {
    const std::vector<std::pair<json::json_pointer, json>> hostile = {
        {json::json_pointer("/modules/0/member"), "../../etc/passwd"},
        {json::json_pointer("/modules/0/core/object"), "/etc/shadow"},
        {json::json_pointer("/modules/0/core/object"), "../x"},
        {json::json_pointer("/modules/0/size"), -1},
        {json::json_pointer("/modules/0/size"), std::uint64_t{1} << 40},
        {json::json_pointer("/modules/0/sha256"), "abc"},
        {json::json_pointer("/modules/0/encoding"), "gzip"},
        {json::json_pointer("/modules/0/name"), "a/b"},
        {json::json_pointer("/modules"), json::array()},
        {json::json_pointer("/kernel"), "../6.1"},
        {json::json_pointer("/driver"), ".."},
        {json::json_pointer("/flavour"), "closed"},
        {json::json_pointer("/os"), "flatcar"},
        {json::json_pointer("/modules/0/size"), 1.0},
        {json::json_pointer("/built_at"), "yesterday"},
        {json::json_pointer("/built_at"), 1e45},
        {json::json_pointer("/built_at"), -1},
        {json::json_pointer("/built_at"), 253'402'300'800},
        {json::json_pointer("/format"), 1e45},
        {json::json_pointer("/built_by"), "\x1b[2J"},
        {json::json_pointer("/inputs"), {{"driver-source", "abc"}}},
        {json::json_pointer("/modules/1/name"), "nvidia"},
        {json::json_pointer("/modules/1/member"), "nvidia.ko.zst"},
        {json::json_pointer("/modules/1/member"), "manifest.json"},
        {json::json_pointer("/modules/1/depends"), {"../drm"}},
        {json::json_pointer("/attachments/0/member"), "../sbom"},
        {json::json_pointer("/attachments/0/member"), "nvidia.ko.zst"},
        {json::json_pointer("/attachments/0/size"), std::uint64_t{1} << 30},
        {json::json_pointer("/attachments/0/sha256"), "abc"},
        {json::json_pointer("/attachments"), 7},
    };
    for (const auto& [where, value] : hostile) {
        json document = sample();
        document[where] = value;
        EXPECT_THROW(manifestFromJson(document.dump(), "x"), host::Error)
            << where.to_string() << " " << value;
    }
    for (const char* text : {"", "null", "[]", "{", "\xff\xfe"}) {
        EXPECT_THROW(manifestFromJson(text, "x"), host::Error) << text;
    }
}

} // namespace
} // namespace precompile
