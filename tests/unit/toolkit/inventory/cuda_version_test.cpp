#include "toolkit/inventory/cuda_version.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

TEST(CudaVersion, IsThatOfTheDriversBranch) {
    EXPECT_EQ(cudaVersionOf("535.261.03"), "12.2");
    EXPECT_EQ(cudaVersionOf("580.159"), "13.0");
    EXPECT_EQ(cudaVersionOf("470.256.02"), "11.4");
}

TEST(CudaVersion, ABranchThatIsNotKnownHasWhatTheOneBeforeHas) {
    EXPECT_EQ(cudaVersionOf("540.1"), "12.2");
    EXPECT_EQ(cudaVersionOf("590.44.01"), "13.0");
    EXPECT_EQ(cudaVersionOf("1000.1"), "13.0");
}

TEST(CudaVersion, IsNoneForWhatIsNotKnown) {
    EXPECT_EQ(cudaVersionOf("440.118.02"), "");
    EXPECT_EQ(cudaVersionOf(""), "");
    EXPECT_EQ(cudaVersionOf("53"), "");
}

} // namespace
} // namespace toolkit
