#include "toolkit/edits/sarus.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

// tests/vectors/sarus.json has the rules; these are the corners.

TEST(Sarus, AJobWithoutAGpuTakesTheVariablesAway) {
    const Variables image = {
        {"CUDA_VERSION", "9.0"}, {"NVIDIA_VISIBLE_DEVICES", "all"}, {"A", "b"}};
    for (const char* host : {"NoDevFiles", "", " , "}) {
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

} // namespace
} // namespace toolkit
