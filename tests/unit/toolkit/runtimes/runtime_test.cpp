#include "toolkit/runtimes/runtime.h"

#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

TEST(RuntimeVersion, IsTheFirstTwoNumbers) {
    struct {
        std::string_view text;
        std::optional<Version> version;
    } const cases[] = {
        {"1.7.24", Version{1, 7}}, {"v2.1.9", Version{2, 1}},   {"1.6.20~ds1", Version{1, 6}},
        {"28.5", Version{28, 5}},  {"2.0-beta", Version{2, 0}}, {"", std::nullopt},
        {"2", std::nullopt},       {"2.", std::nullopt},        {"latest", std::nullopt},
        {"a.1", std::nullopt},
    };
    for (const auto& [text, version] : cases) {
        EXPECT_EQ(parseVersion(text), version) << text;
    }
    EXPECT_LT((Version{1, 7}), (Version{2, 1}));
    EXPECT_LT((Version{1, 7}), (Version{1, 10}));
    EXPECT_EQ(toString(Version{1, 10}), "1.10");
}

TEST(RuntimeName, IsWhatPeopleType) {
    EXPECT_EQ(toString(Runtime::Docker), "docker");
    EXPECT_EQ(toString(Runtime::Containerd), "containerd");
    EXPECT_EQ(toString(Runtime::Crio), "crio");
    EXPECT_EQ(toString(Runtime::Podman), "podman");
}

} // namespace
} // namespace toolkit::runtimes
