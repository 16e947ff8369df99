/// The environment that a container of Sarus gets.
#include "tests/unit/vectors/vectors.h"

#include "toolkit/edits/sarus.h"

#include <gtest/gtest.h>

namespace vectors {
namespace {

bool describes(const Json& file) {
    return casesHave(file, {"host", "image"});
}

void check(const Json& /*file*/, const Json& test) {
    EXPECT_EQ(toolkit::environmentForSarus(test.at("host").get<toolkit::Variables>(),
                                           test.at("image").get<toolkit::Variables>()),
              test.at("expect").get<toolkit::Variables>());
}

const Registration
    kRegistration({.name = "sarus", .describes = describes, .lists = {{"cases", check}}});

} // namespace
} // namespace vectors
