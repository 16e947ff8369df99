#include "host/base/documents/edited_document.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

EditedDocument json(const std::string& text) {
    return {DocumentFormat::Json, text, "d.json", "Mend it."};
}

EditedDocument toml(const std::string& text) {
    return {DocumentFormat::Toml, text, "c.toml", "Mend it."};
}

std::string errorOf(const std::function<void()>& change) {
    try {
        change();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::Usage);
        EXPECT_FALSE(error.remedy().empty());
        return error.what();
    }
    return "";
}

struct Change {
    const char* name;
    std::string before;
    KeyPath path;
    Json value;
    std::string after;
};

const Json kRuntime = {{"path", "/bin/r"}};

TEST(JsonDocument, IsChangedInItsOwnStyle) {
    const Change changes[] = {
        {"empty file", "", {"a", "b"}, 1, "{\n    \"a\": {\n        \"b\": 1\n    }\n}\n"},
        {"newline alone", "\n", {"a"}, 1, "{\n    \"a\": 1\n}\n"},
        {"mark alone", "\xef\xbb\xbf", {"a"}, 1, "\xef\xbb\xbf{\n    \"a\": 1\n}\n"},
        {"empty object", "{}\n", {"a"}, 1, "{\n    \"a\": 1\n}\n"},
        {"null in place of all", " null\n", {"a"}, 1, " {\n     \"a\": 1\n }\n"},
        {"one line",
         R"({"a": 1, "b": [1,  2]})",
         {"c"},
         kRuntime,
         R"({"a": 1, "b": [1,  2], "c": {"path": "/bin/r"}})"},
        {"dense",
         R"({"a":{"b":1}})",
         {"a", "c"},
         kRuntime,
         R"({"a":{"b":1,"c":{"path":"/bin/r"}}})"},
        {"lines with tabs",
         "{\n\t\"a\": {\"b\": 1},\n\t\"c\": 2\n}\n",
         {"r", "n"},
         kRuntime,
         "{\n\t\"a\": {\"b\": 1},\n\t\"c\": 2,\n\t\"r\": {\n\t\t\"n\": {\n\t\t\t\"path\": "
         "\"/bin/r\"\n\t\t}\n\t}\n}\n"},
        {"one-line object in lines",
         "{\n  \"a\": {\"b\": 1}\n}",
         {"a", "c"},
         true,
         "{\n  \"a\": {\"b\": 1, \"c\": true}\n}"},
        {"empty object in lines",
         "{\n  \"a\": {}\n}",
         {"a", "c"},
         true,
         "{\n  \"a\": {\n    \"c\": true\n  }\n}"},
        {"carriage returns",
         "{\r\n  \"a\": 1\r\n}\r\n",
         {"b"},
         2,
         "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n"},
        {"null as an object", R"({"a": null})", {"a", "b"}, 1, R"({"a": {"b": 1}})"},
        {"other value", "{\"a\" : false , \"b\":2}", {"a"}, true, "{\"a\" : true , \"b\":2}"},
        {"object for lines",
         "{\n  \"a\": {\n    \"x\": 1\n  }\n}",
         {"a"},
         kRuntime,
         "{\n  \"a\": {\n    \"path\": \"/bin/r\"\n  }\n}"},
        {"key with escapes", "{\"\\u0061\": {}}", {"a", "b"}, 1, "{\"\\u0061\": {\"b\": 1}}"},
        {"key with quotes", "{}", {"a\"b"}, 1, "{\n    \"a\\\"b\": 1\n}"},
        {"big numbers",
         R"({"n": 9007199254740993, "f": 1.10e+2})",
         {"a"},
         1,
         R"({"n": 9007199254740993, "f": 1.10e+2, "a": 1})"},
        {"same value", R"({"a":   1})", {"a"}, 1, R"({"a":   1})"},
    };
    for (const auto& [name, before, path, value, after] : changes) {
        SCOPED_TRACE(name);
        auto document = json(before);
        document.set(path, value);
        EXPECT_EQ(document.text(), after);
        EXPECT_EQ(*document.find(path), nlohmann::json(value));
    }
}

TEST(JsonDocument, LosesAKey) {
    struct {
        std::string before;
        KeyPath path;
        std::string after;
    } const cases[] = {
        {R"({"a": 1, "b": 2, "c": 3})", {"c"}, R"({"a": 1, "b": 2})"},
        {R"({"a": 1, "b": 2, "c": 3})", {"b"}, R"({"a": 1, "c": 3})"},
        {R"({"a": 1, "b": 2})", {"a"}, R"({"b": 2})"},
        {"{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", {"a", "b"}, "{\n  \"a\": {}\n}\n"},
        {R"({"a": 1})", {"b"}, R"({"a": 1})"},
        {R"({"a": 1})", {"a", "b"}, R"({"a": 1})"},
    };
    for (const auto& [before, path, after] : cases) {
        auto document = json(before);
        document.erase(path);
        EXPECT_EQ(document.text(), after);
    }
}

TEST(JsonDocument, IsRefusedWithThePlace) {
    struct {
        std::string text;
        const char* error;
    } const cases[] = {
        {"{\"debug\":true,}\n", "d.json:1:15: it is no JSON from here on"},
        {"// why\n{}", "d.json:1:1: it is no JSON from here on"},
        {"{\n  \"a\": 1\n  \"b\": 2\n}", "d.json:3:3: it is no JSON from here on"},
        {"[]\n", "d.json:1:1: it is no object"},
        {"\xef\xbb\xbf[]\n", "d.json:1:1: it is no object"},
        {"\"a\"", "d.json:1:1: it is no object"},
        {"{\"a\":1,\n \"a\":2}", "d.json:2:2: it has the key 'a' twice"},
        {"{\"a\": 1e999}", "d.json:1:1: it has a number that is too large"},
        {"{\"\xc3\xa9\": 1,}", "d.json:1:9: it is no JSON from here on"},
    };
    for (const auto& [text, error] : cases) {
        EXPECT_EQ(errorOf([&, &text = text] { json(text); }), error) << text;
    }
    EXPECT_THAT(errorOf([] { json(std::string(200, '[') + std::string(200, ']')); }),
                HasSubstr("nested deeper"));
    auto document = json("{\n  \"features\": [\"cdi\"]\n}");
    EXPECT_EQ(errorOf([&] {
                  document.set({"features", "cdi"}, true);
              }),
              "d.json:2:3: features is no object");
}

const Json kTable = {{"type", "v2"}, {"options", {{"Cgroup", true}, {"Binary", "/b"}}}};

TEST(TomlDocument, IsChangedInItsOwnStyle) {
    const Change changes[] = {
        {"empty file", "", {"a", "b"}, 1, "[a]\nb = 1\n"},
        {"key with dots in a new file",
         "",
         {"p", "io.x.v1", "r"},
         kTable,
         "[p.\"io.x.v1\".r]\ntype = \"v2\"\n[p.\"io.x.v1\".r.options]\nCgroup = true\nBinary = "
         "\"/b\"\n"},
        {"root key",
         "version = 2 # two\n\n# of a\n[a]\n",
         {"b"},
         1,
         "version = 2 # two\nb = 1\n\n# of a\n[a]\n"},
        {"root key without others",
         "# of us\n\n# of a\n[a]\n",
         {"b"},
         1,
         "# of us\nb = 1\n\n# of a\n[a]\n"},
        {"key of a table",
         "[a]\n  x = 1 # one\n  # last\n\n[b]\n",
         {"a", "y"},
         "two",
         "[a]\n  x = 1 # one\n  y = \"two\"\n  # last\n\n[b]\n"},
        {"key of an empty table", "[a]\n[b]\n", {"a", "y"}, true, "[a]\ny = true\n[b]\n"},
        {"no last newline", "[a]\nx = 1", {"a", "y"}, 2, "[a]\nx = 1\ny = 2"},
        {"table, no last newline", "[a]\nx = 1", {"b", "y"}, 2, "[a]\nx = 1\n[b]\ny = 2"},
        {"carriage returns", "[a]\r\nx = 1\r\n", {"a", "y"}, 2, "[a]\r\nx = 1\r\ny = 2\r\n"},
        {"mark", "\xef\xbb\xbf[a]\nx = 1\n", {"v"}, 2, "\xef\xbb\xbfv = 2\n[a]\nx = 1\n"},
        {"sister table",
         "[a]\n\n  [a.runs]\n\n    [a.runs.c]\n      type = 'v1'\n\n      [a.runs.c.options]\n"
         "        X = 'y'\n\n# of b\n[b]\n",
         {"a", "runs", "n"},
         kTable,
         "[a]\n\n  [a.runs]\n\n    [a.runs.c]\n      type = 'v1'\n\n      [a.runs.c.options]\n"
         "        X = 'y'\n\n    [a.runs.n]\n      type = 'v2'\n      [a.runs.n.options]\n"
         "        Cgroup = true\n        Binary = '/b'\n\n# of b\n[b]\n"},
        {"words of headers stay",
         "[a.'x.y'.r]\nz = 1\n",
         {"a", "x.y", "s", "t"},
         1,
         "[a.'x.y'.r]\nz = 1\n[a.'x.y'.s]\nt = 1\n"},
        {"table that its tables imply",
         "top = 1\n\n# of b\n[a.b]\nx = 1\n",
         {"a", "y"},
         2,
         "top = 1\n\n[a]\ny = 2\n\n# of b\n[a.b]\nx = 1\n"},
        {"table with dots",
         "[a]\nr.c.type = \"v1\"\nz = 1\n",
         {"a", "r", "n"},
         kTable,
         "[a]\nr.c.type = \"v1\"\nr.n.type = \"v2\"\nr.n.options.Cgroup = true\n"
         "r.n.options.Binary = \"/b\"\nz = 1\n"},
        {"inline table",
         "a = { x = 1, r = { c = {} } } # end\n",
         {"a", "r", "n"},
         kTable,
         "a = { x = 1, r = { c = {}, n = { type = \"v2\", options = { Cgroup = true, Binary = "
         "\"/b\" } } } } # end\n"},
        {"empty inline table", "a = {}\n", {"a", "b", "c"}, 1, "a = { b = { c = 1 } }\n"},
        {"other value",
         "[a]\nx = \"\"\"one\ntwo\"\"\" # why\ny = 2\n",
         {"a", "x"},
         "1",
         "[a]\nx = \"1\" # why\ny = 2\n"},
        {"beside lists of tables",
         "[[l]]\nx = 1\n[l.a]\ny = 1\n",
         {"a", "y"},
         2,
         "[[l]]\nx = 1\n[l.a]\ny = 1\n[a]\ny = 2\n"},
        {"table above, later",
         "[a.b.c]\nx = 1\n[a]\ny = 1\n",
         {"a", "b", "d", "z"},
         1,
         "[a.b.c]\nx = 1\n[a.b.d]\nz = 1\n[a]\ny = 1\n"},
    };
    for (const auto& [name, before, path, value, after] : changes) {
        SCOPED_TRACE(name);
        auto document = toml(before);
        document.set(path, value);
        EXPECT_EQ(document.text(), after);
        EXPECT_EQ(*document.find(path), nlohmann::json(value));
        document.erase(path);
        EXPECT_EQ(document.find(path), nullptr);
    }
}

TEST(TomlDocument, GetsAnEntryOfAList) {
    struct {
        std::string before;
        std::string after;
    } const cases[] = {
        {"v = 1\n[t]\n", "v = 1\nl = [\"new\"]\n[t]\n"},
        {"l = []\n", "l = [\"new\"]\n"},
        {"l = [ \"a\" ] # c\n", "l = [ \"a\", \"new\" ] # c\n"},
        {"l = [\n  'a', # of a\n  'b', # of b\n]\n",
         "l = [\n  'a', # of a\n  'b', # of b\n  \"new\",\n]\n"},
        {"l = [\n  \"a\" # of a\n]\n", "l = [\n  \"a\", # of a\n  \"new\"\n]\n"},
        {"l = [\n  \"a\",\n  \"b\"]\n", "l = [\n  \"a\",\n  \"b\", \"new\"]\n"},
    };
    for (const auto& [before, after] : cases) {
        auto document = toml(before);
        document.append({"l"}, "new");
        EXPECT_EQ(document.text(), after);
    }
}

TEST(TomlDocument, LosesAnEntryOfAList) {
    struct {
        std::string before;
        std::string after;
    } const cases[] = {
        {"l = ['a', 'x'] # c\n", "l = ['a'] # c\n"},
        {"l = [ 'x', 'a' ]\n", "l = [ 'a' ]\n"},
        {"l = ['x']\n", "l = []\n"},
        {"l = [\n  'a', # of a\n  'x', # of x\n  'b', # of b\n]\n",
         "l = [\n  'a', # of a\n  'b', # of b\n]\n"},
        {"l = ['a']\n", "l = ['a']\n"},
        {"m = 1\n", "m = 1\n"},
    };
    for (const auto& [before, after] : cases) {
        auto document = toml(before);
        document.takeOut({"l"}, "x");
        EXPECT_EQ(document.text(), after);
    }
    auto document = json(R"({"l": ["a", "x"]})");
    document.takeOut({"l"}, "x");
    EXPECT_EQ(document.text(), R"({"l": ["a"]})");
}

TEST(TomlDocument, LosesATable) {
    struct {
        std::string before;
        KeyPath path;
        std::string after;
    } const cases[] = {
        {"[a]\nx = 1\n\n[b]\ny = 1\n[b.c]\nz = 1\n\n# of d\n[d]\n",
         {"b"},
         "[a]\nx = 1\n\n# of d\n[d]\n"},
        {"a = { b = 1, c = 2 }\n", {"a", "b"}, "a = { c = 2 }\n"},
        {"a = { b = 1, c = 2 }\n", {"a", "c"}, "a = { b = 1 }\n"},
        {"a = { b = 1 }\n", {"a", "b"}, "a = {}\n"},
        {"x = 1\na.b.c = 1\na.b.d = 1\na.e = 1\n", {"a", "b"}, "x = 1\na.e = 1\n"},
        {"x = 1\ny = 2", {"y"}, "x = 1"},
    };
    for (const auto& [before, path, after] : cases) {
        auto document = toml(before);
        document.erase(path);
        EXPECT_EQ(document.text(), after);
    }
}

TEST(TomlDocument, IsRefusedWithThePlace) {
    EXPECT_THAT(errorOf([] { toml("version = 2\n[plugins\n"); }), HasSubstr("c.toml:2:"));
    auto document = toml("[a]\n  b = 1\n[[l]]\nx = 1\n");
    EXPECT_EQ(errorOf([&] { document.set({"a", "b", "c"}, 1); }), "c.toml:2:3: a.b is no table");
    EXPECT_EQ(errorOf([&] { document.set({"l", "c"}, 1); }), "c.toml:3:1: l is no table");
    EXPECT_EQ(errorOf([&] { document.append({"a", "b"}, "c"); }), "c.toml:2:3: a.b is no list");
}

TEST(TomlDocument, StaysAsItIsWhenAChangeCannotBeMadeAlone) {
    auto document = toml("x = { a.b = 1 }\n");
    EXPECT_EQ(errorOf([&] {
                  document.set({"x", "a", "c", "d"}, 1);
              }).substr(0, 33),
              "c.toml:1:1: to change x.a.c.d her");
    EXPECT_EQ(document.text(), "x = { a.b = 1 }\n");
}

} // namespace
} // namespace host
