#include "precompile/package/driver_version.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(DriverVersion, ComparesByItsNumbers) {
    struct Case {
        const char* older;
        const char* newer;
    };
    for (const auto& [older, newer] : {Case{"535.98", "535.104.05"},
                                       {"535.86.05", "535.98"},
                                       {"535.261.03", "550.40.07"},
                                       {"550.54", "550.54.14"},
                                       {"999.9", "1000.1"},
                                       {"580.119.02", "580.126.09"}}) {
        EXPECT_TRUE(isOlderDriver(older, newer)) << older << " " << newer;
        EXPECT_FALSE(isOlderDriver(newer, older)) << older << " " << newer;
    }
    EXPECT_FALSE(isOlderDriver("535.98", "535.98"));
}

TEST(DriverVersion, BranchIsTheFirstNumber) {
    EXPECT_EQ(branchOf("535.261.03"), 535);
    EXPECT_EQ(branchOf("580"), 580);
    EXPECT_EQ(branchOf(""), 0);
    EXPECT_EQ(branchOf("latest"), 0);
}

TEST(DriverVersion, IsDigitsAndDots) {
    for (const char* version : {"535.261.03", "595.84", "535"}) {
        EXPECT_TRUE(isDriverVersion(version)) << version;
    }
    for (const char* other : {"", "535.", ".5", "v535.1", "535.1-1", "../etc", "535..1"}) {
        EXPECT_FALSE(isDriverVersion(other)) << other;
    }
}

} // namespace
} // namespace precompile
