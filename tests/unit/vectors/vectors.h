/// The test vectors: files of cases with expected results, tests/vectors or the folder that
/// DRIVERCTL_VECTORS names when the tests run. vectors_test.cpp runs each case of each file; what a
/// kind of file looks like, and how its cases are checked, is registered beside it, one source a
/// schema.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace vectors {

using Json = nlohmann::ordered_json;

/// A list of cases in a file of some schema, and how one of them is checked: with expectations. An
/// exception is a failure.
struct Cases {
    std::string field; ///< "cases"
    void (*check)(const Json& file, const Json& test);
};

struct Schema {
    std::string name;                    ///< "environment"
    bool (*describes)(const Json& file); ///< by content; names of files say nothing
    std::vector<Cases> lists;
};

/// How googletest names one.
inline void PrintTo(const Schema& schema, std::ostream* out) {
    *out << schema.name;
}

/// Makes a schema known: one static object a schema.
struct Registration {
    explicit Registration(Schema schema);
};

/// Whether the first entry of the file's list `cases` has all of these fields.
bool casesHave(const Json& file, std::initializer_list<const char*> fields);

} // namespace vectors
