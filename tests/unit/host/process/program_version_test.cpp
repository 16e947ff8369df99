#include "host/process/program_version.h"

#include <gtest/gtest.h>

using host::ProgramVersion;

namespace {

struct Case {
    std::string_view text;
    std::optional<ProgramVersion> version;
};

} // namespace

TEST(ProgramVersion, IsWhatATextBeginsWith) {
    const Case cases[] = {
        {"1.7.24", ProgramVersion{1, 7}},
        {"v2.1.9", ProgramVersion{2, 1}},
        {"1.6.20~ds1", ProgramVersion{1, 6}},
        {"28.5", ProgramVersion{28, 5}},
        {"2.0-beta", ProgramVersion{2, 0}},
        {"", std::nullopt},
        {"2", ProgramVersion{2, 0}},
        {"2.", std::nullopt},
        {"latest", std::nullopt},
        {"a.1", std::nullopt},
    };
    for (const auto& [text, version] : cases) {
        EXPECT_EQ(host::parseVersion(text), version) << text;
    }
    EXPECT_LT((ProgramVersion{1, 7}), (ProgramVersion{2, 1}));
    EXPECT_LT((ProgramVersion{1, 7}), (ProgramVersion{1, 10}));
    EXPECT_EQ(toString(ProgramVersion{1, 10}), "1.10");
}

TEST(ProgramVersion, IsFoundInAnAnswer) {
    const Case cases[] = {
        {"podman version 4.3.1\n", ProgramVersion{4, 3}},
        {"containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6+deb13u1\n",
         ProgramVersion{1, 7}},
        {"containerd github.com/containerd/containerd/v2 2.1.9+unknown \n", ProgramVersion{2, 1}},
        {"containerd containerd.io v2.2.0 1c4457e00facac03ce1d75f7b6777a7a851e5c41\n",
         ProgramVersion{2, 2}},
        {"Docker version 26.1.5+dfsg1, build 411e817\n", ProgramVersion{26, 1}},
        {"containerd unknown\n", std::nullopt},
        {"", std::nullopt},
    };
    for (const auto& [answer, version] : cases) {
        EXPECT_EQ(host::versionInAnswer(answer), version) << answer;
    }
}
