#include "toolkit/cdi/yaml.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
using nlohmann::json;

namespace {

std::string refusalOf(const std::string& text) {
    try {
        static_cast<void>(cdi::fromYaml(text));
    } catch (const host::Error& error) {
        return error.what();
    }
    return "";
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

} // namespace

TEST(Yaml, IsReadAsJson) {
    EXPECT_EQ(cdi::fromYaml(R"(---
cdiVersion: "0.5.0"
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0   # the first
containerEdits:
  env: ["A=b", C=d]
  hooks: []
)"),
              json::parse(R"({"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu",
        "devices": [{"name": "0", "containerEdits": {"deviceNodes": [{"path": "/dev/nvidia0"}]}}],
        "containerEdits": {"env": ["A=b", "C=d"], "hooks": []}})"));
    EXPECT_EQ(cdi::fromYaml(""), json());
    EXPECT_EQ(cdi::fromYaml("{\"a\": [1]}"), json({{"a", {1}}})) << "JSON is YAML";
}

TEST(Yaml, ScalarWithoutQuotesMeansWhatYaml11Says) {
    struct Case {
        const char* text;
        json value;
    };
    const Case cases[] = {
        {"", nullptr},
        {"~", nullptr},
        {"null", nullptr},
        {"yes", true},
        {"Off", false},
        {"7", 7},
        {"-7", -7},
        {"+7", 7},
        {"0666", 438},
        {"-010", -8},
        {"0x1b", 27},
        {"18446744073709551615", 18446744073709551615U},
        {"-9223372036854775808", INT64_MIN},
        {"1.5", 1.5},
        {"0.5.0", "0.5.0"},
        {"08", 8.0}, // no octal number: the digits make a decimal fraction
        {"--7", "--7"},
        {"'7'", "7"},
        {"\"yes\"", "yes"},
        {"GPU-1", "GPU-1"},
        {"|\n  a\n  b\n", "a\nb\n"},
    };
    for (const auto& [text, value] : cases) {
        EXPECT_EQ(cdi::fromYaml(std::string("a: ") + text), json({{"a", value}})) << text;
    }
}

TEST(Yaml, RefusesWhatReadersMayTakeDifferently) {
    struct Case {
        std::string text;
        std::string refusal;
    };
    const Case cases[] = {
        {"a: &x [1]\nb: *x", "it has an alias in line 2"},
        {"a: !!binary aGk=", "it has a tag in line 1"},
        {"a: !mine [1]", "it has a tag in line 1"},
        {"a: 1\nb: 2\na: 3", "it has a field for the second time in line 3"},
        {"? [a]\n: b", "it has a field whose name is no text in line 1"},
        {"a: b\n~: c", "it has a field whose name is no text in line 2"},
        {"a: 1\n---\nb: 2", "it has a second document"},
        {"a: \xff", "it is no UTF-8 text"},
        {std::string("a: \0", 4), "it is no UTF-8 text"},
        {"a: \x7f", "it is no UTF-8 text"},
        {"a: [1", "it is no YAML, from line 1 on"},
        {"a: 1\n\tb: 2", "it is no YAML, from line 2 on"},
        {nested(17), "it is nested deeper than 16 levels"},
        {nested(100000), "it is nested deeper than 16 levels"},
    };
    for (const auto& [text, refusal] : cases) {
        EXPECT_EQ(refusalOf(text), refusal) << text.substr(0, 40);
    }
}

TEST(Yaml, WhatIsWrittenIsReadBack) {
    const nlohmann::ordered_json document = {
        {"kind", "v/c"},
        {"texts", {"0", "yes", "null", "a: b", "é\n\"\\\t", "", "- x"}},
        {"empty", {{"list", json::array()}, {"object", json::object()}}},
        {"others", {nullptr, true, -1, 4294967295U}},
    };
    EXPECT_EQ(cdi::fromYaml(cdi::toYaml(document)), json(document));
}

TEST(Yaml, IsWrittenPlainly) {
    EXPECT_EQ(cdi::toYaml({{"kind", "v/c"}, {"devices", {{{"name", "0"}, {"gids", {44}}}}}}),
              "kind: \"v/c\"\ndevices:\n  - name: \"0\"\n    gids:\n      - 44\n");
}
