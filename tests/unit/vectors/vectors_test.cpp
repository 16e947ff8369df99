#include "tests/unit/vectors/vectors.h"

#include "host/base/file.h"
#include "host/base/json.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>

namespace vectors {

namespace {

std::vector<Schema>& schemas() {
    static std::vector<Schema> all;
    return all;
}

struct File {
    std::string name;
    Json content;
};

/// A relative one is meant as ctest is called, in the project's folder.
std::filesystem::path folder() {
    const char* const named = std::getenv("DRIVERCTL_VECTORS");
    return std::filesystem::path(DRIVERCTL_SOURCE_DIR) /
           (named != nullptr ? named : "tests/vectors");
}

/// The folder's *.json files, by name.
std::vector<File> files() {
    std::vector<File> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        if (entry.path().extension() == ".json") {
            all.push_back(
                {entry.path().filename(), host::parseStrictInOrder(host::readFile(entry.path()))});
        }
    }
    std::ranges::sort(all, {}, &File::name);
    return all;
}

std::vector<File> filesOf(const Schema& schema) {
    auto all = files();
    std::erase_if(all, [&](const File& file) { return !schema.describes(file.content); });
    return all;
}

std::string idOf(const Json& test) {
    return test.is_object() ? test.value("id", "without an id") : "no object";
}

void check(const File& file, const Cases& cases) {
    const auto tests = file.content.find(cases.field);
    ASSERT_TRUE(tests != file.content.end() && tests->is_array() && !tests->empty())
        << file.name << " has no " << cases.field;
    for (const Json& test : *tests) {
        SCOPED_TRACE(file.name + ", " + cases.field + ": " + idOf(test));
        EXPECT_NO_THROW(cases.check(file.content, test));
    }
    std::cout << file.name << ": " << tests->size() << " " << cases.field << '\n';
}

TEST(Vectors, EachFileIsOfOneSchema) {
    const auto all = files();
    EXPECT_FALSE(all.empty()) << "the folder has no *.json file";
    for (const File& file : all) {
        const auto count = std::ranges::count_if(
            schemas(), [&](const Schema& schema) { return schema.describes(file.content); });
        EXPECT_EQ(count, 1) << file.name;
    }
}

class VectorsOf : public testing::TestWithParam<Schema> {};

TEST_P(VectorsOf, EachCaseIsAsExpected) {
    const auto of = filesOf(GetParam());
    if (of.empty()) {
        GTEST_SKIP() << "the folder has no file of this schema";
    }
    for (const File& file : of) {
        for (const Cases& cases : GetParam().lists) {
            check(file, cases);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(vectors, VectorsOf, testing::ValuesIn(schemas()),
                         [](const auto& info) { return info.param.name; });

} // namespace

Registration::Registration(Schema schema) {
    schemas().push_back(std::move(schema));
}

bool casesHave(const Json& file, std::initializer_list<const char*> fields) {
    const auto cases = file.find("cases");
    if (cases == file.end() || !cases->is_array() || cases->empty()) {
        return false;
    }
    const Json& first = cases->front();
    return std::ranges::all_of(fields, [&](const char* field) { return first.contains(field); });
}

} // namespace vectors
