#include "toolkit/edits/sarus.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

// tests/vectors/sarus.json has the rules; these are the corners.

TEST(Sarus, AJobWithoutAGpuTakesTheVariablesAway) {
    const Variables image = {
        {"CUDA_VERSION", "9.0"}, {"NVIDIA_VISIBLE_DEVICES", "all"}, {"A", "b"}};
    for (const char* host : {"NoDevFiles", "", " , ", "-1", "-1,0"}) {
        EXPECT_EQ(environmentForSarus({{"CUDA_VISIBLE_DEVICES", host}}, image),
                  (Variables{{"A", "b"}}))
            << host;
    }
}

TEST(Sarus, IndicesAreRankedBesideUuids) {
    EXPECT_EQ(environmentForSarus({{"CUDA_VISIBLE_DEVICES", " 10, GPU-aa ,9"}}, {}),
              (Variables{{"NVIDIA_VISIBLE_DEVICES", "10,GPU-aa,9"},
                         {"CUDA_VISIBLE_DEVICES", "1,GPU-aa,0"},
                         {"NVIDIA_DRIVER_CAPABILITIES", "all"}}));
}

TEST(Sarus, TheListEndsWhereCudaEndsIt) {
    const std::pair<const char*, std::pair<const char*, const char*>> cases[] = {
        {"1,-1,2", {"1", "0"}},
        {"GPU-aa,-2", {"GPU-aa", "GPU-aa"}},
        {"01,1,2", {"1,2", "0,0,1"}}, // one GPU, however it is written
    };
    for (const auto& [host, expected] : cases) {
        const auto& [visible, ranks] = expected;
        EXPECT_EQ(environmentForSarus({{"CUDA_VISIBLE_DEVICES", host}}, {}),
                  (Variables{{"NVIDIA_VISIBLE_DEVICES", visible},
                             {"CUDA_VISIBLE_DEVICES", ranks},
                             {"NVIDIA_DRIVER_CAPABILITIES", "all"}}))
            << host;
    }
}

TEST(MiscountedBySarus, IsAnOrderOfTexts) {
    struct Case {
        const char* visible;
        const char* counted;
        bool isWrong;
    };
    const Case cases[] = {
        {"2,10", "1,0", true},       {"2,10", "0,1", false},
        {"3,1,5", "1,0,2", false},   {"GPU-bb,GPU-aa", "1,0", true},
        {"GPU-bb", "GPU-bb", false}, {"0,1", "1,0", false},
        {"all", "0", true},          {"", "", false},
        {"0,-1", "1,0", true}, // CUDA ends the list at -1
    };
    for (const auto& [visible, counted, isWrong] : cases) {
        const auto said = miscountedBySarus({std::string("NVIDIA_VISIBLE_DEVICES=") + visible,
                                             std::string("CUDA_VISIBLE_DEVICES=") + counted});
        EXPECT_EQ(said.has_value(), isWrong) << visible;
    }
}

} // namespace
} // namespace toolkit
