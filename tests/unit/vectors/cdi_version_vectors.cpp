/// Which cdiVersion a specification needs, and which specifications are refused.
#include "tests/unit/vectors/vectors.h"
#include "toolkit/cdi/validate.h"
#include "toolkit/cdi/version.h"

#include <gtest/gtest.h>

namespace vectors {
namespace {

bool describes(const Json& file) {
    return file.contains("minimum_version") || file.contains("validate");
}

void checkMinimumVersion(const Json& /*file*/, const Json& test) {
    EXPECT_EQ(toString(toolkit::cdi::minimumVersion(test.at("spec"))), test.at("expect"));
}

void checkValidation(const Json& /*file*/, const Json& test) {
    const auto problems = toolkit::cdi::validate(test.at("spec"));
    if (test.at("error").is_null()) {
        EXPECT_TRUE(problems.empty()) << toString(problems.front());
    } else {
        ASSERT_FALSE(problems.empty());
        EXPECT_EQ(problems.front().text, test.at("error"));
    }
}

const Registration kRegistration({.name = "cdi_version",
                                  .describes = describes,
                                  .lists = {{"minimum_version", checkMinimumVersion},
                                            {"validate", checkValidation}}});

} // namespace
} // namespace vectors
