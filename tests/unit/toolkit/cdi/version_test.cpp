// What content needs which version: tests/vectors/cdi-version.json.
#include "toolkit/cdi/version.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cdi = toolkit::cdi;
using cdi::Version;

TEST(CdiVersion, IsReadBack) {
    for (int version = 0; version <= static_cast<int>(Version::V1_1_0); ++version) {
        const auto one = static_cast<Version>(version);
        EXPECT_EQ(cdi::toVersion(toString(one)), one);
    }
    EXPECT_EQ(toString(Version::V0_1_0), "0.1.0");
    EXPECT_EQ(toString(Version::V1_1_0), "1.1.0");
}

TEST(CdiVersion, MayHaveAV) {
    EXPECT_EQ(cdi::toVersion("v0.5.0"), Version::V0_5_0);
    for (const auto* const none : {"", "v", "vv0.5.0", "0.5", "0.9.0", "0.5.0 ", "1.1.1"}) {
        EXPECT_EQ(cdi::toVersion(none), std::nullopt) << none;
    }
}

TEST(CdiVersion, IsFoundForAnyDocument) {
    for (const auto& odd : {nlohmann::json(), nlohmann::json(7), nlohmann::json::array({1}),
                            nlohmann::json{{"kind", 1}, {"devices", "0"}},
                            nlohmann::json{{"devices", {nullptr, 1, {{"name", 0}}}}},
                            nlohmann::json{{"containerEdits", {{"mounts", {1}}}}}}) {
        EXPECT_EQ(cdi::minimumVersion(odd), Version::V0_3_0) << odd;
    }
}
