#include "toolkit/edits/requirements.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

const DriverVersions kDriver = {.driver = "535.261.03", .cuda = "12.2"};

gpu::Gpu gpuOf(unsigned index, const char* architecture, const char* brand) {
    gpu::Gpu gpu;
    gpu.index = index;
    gpu.architecture = architecture;
    gpu.brand = brand;
    return gpu;
}

/// "met", the reasons with "; " between them, or "invalid: …".
std::string verdict(const std::string& requirement, const std::vector<gpu::Gpu>& gpus,
                    const DriverVersions& driver = kDriver) {
    std::vector<const gpu::Gpu*> visible;
    for (const auto& gpu : gpus) {
        visible.push_back(&gpu);
    }
    try {
        const auto unmet = firstUnmet({requirement}, driver, visible);
        if (!unmet) {
            return "met";
        }
        std::string reasons;
        for (const auto& reason : unmet->reasons) {
            reasons += (reasons.empty() ? "" : "; ") + reason;
        }
        return reasons;
    } catch (const InvalidRequirement& error) {
        return std::string("invalid: ") + error.what();
    }
}

TEST(Requirements, AreMetOrSayWhyNot) {
    const std::vector<gpu::Gpu> hopper = {gpuOf(0, "9.0", "tesla")};
    const std::pair<const char*, const char*> cases[] = {
        {"", "met"},
        {" , ", "met"},
        {"cuda>=12.2", "met"},
        {"cuda=12.2.0", "met"},
        {"cuda!=12", "met"},
        {"cuda<=12.10", "met"},
        {"CUDA>12.1,Driver<536", "met"},
        {"driver>=535.261.03", "met"},
        {"driver>=535.261.3", "met"},
        {"cuda>12.2", "cuda>12.2, but cuda is 12.2"},
        {"cuda<12.2", "cuda<12.2, but cuda is 12.2"},
        {"brand=tesla,driver>=999", "driver>=999, but driver is 535.261.03"},
        {"brand!=Tesla", "brand!=Tesla, but brand of GPU 0 is tesla"},
        {"arch>9 cuda>=13", "arch>9, but arch of GPU 0 is 9.0; cuda>=13, but cuda is 12.2"},
        {"cuda>=99 , driver>=999", "cuda>=99, but cuda is 12.2; driver>=999, but driver is"
                                   " 535.261.03"},
        {"cuda>=99 ,", "cuda>=99, but cuda is 12.2"}, // no group without a term
        // What says nothing is refused whatever the terms around it come to.
        {"cuda>=12 future?",
         "invalid: the image's requirement 'future?' is no comparison such as cuda>=12.2"},
        {"cuda>=99,foo>=1",
         "invalid: the image's requirement 'foo>=1' is about none of cuda, driver, arch and brand"},
        {"cuda>=", "invalid: the image's requirement 'cuda>=' is no comparison such as cuda>=12.2"},
        {">=1", "invalid: the image's requirement '>=1' is about none of cuda, driver, arch and"
                " brand"},
        {"cuda=>1", "invalid: the image's requirement 'cuda=>1' compares by '=>'"},
        {"brand<a", "invalid: the image's requirement 'brand<a' compares by '<'"},
        {"cuda>=12.", "invalid: the image's requirement 'cuda>=12.' compares with what is no"
                      " version"},
        {"cuda>=-1",
         "invalid: the image's requirement 'cuda>=-1' compares with what is no version"},
        {"cuda>=99999999999999999999",
         "invalid: the image's requirement 'cuda>=99999999999999999999' compares with what is no"
         " version"},
    };
    for (const auto& [requirement, expected] : cases) {
        EXPECT_EQ(verdict(requirement, hopper), expected) << requirement;
    }
}

TEST(Requirements, AreAllReadBeforeOneIsFoundUnmet) {
    EXPECT_THROW(firstUnmet({"cuda>=99", "foo>=1"}, kDriver, {}), InvalidRequirement);
}

TEST(Requirements, HoldForEachVisibleGpu) {
    EXPECT_EQ(verdict("arch>=9.0", {gpuOf(3, "9.0", "tesla"), gpuOf(5, "8.6", "nvidia")}),
              "arch>=9.0, but arch of GPU 5 is 8.6");
    EXPECT_EQ(verdict("arch>=9.0,brand=x", {}), "met");
    EXPECT_EQ(verdict("arch>=9.0,cuda>=13", {}), "cuda>=13, but cuda is 12.2");
}

TEST(Requirements, OfWhatNobodyKnowsAreNotMet) {
    EXPECT_EQ(verdict("arch>=1", {gpuOf(0, "", "")}),
              "arch>=1, but nobody knows arch of GPU 0 without NVML");
    EXPECT_EQ(verdict("brand!=tesla", {gpuOf(0, "", "")}),
              "brand!=tesla, but nobody knows brand of GPU 0 without NVML");
    EXPECT_EQ(verdict("cuda>=1", {}, {.driver = "535.1", .cuda = ""}),
              "cuda>=1, but nobody knows cuda");
}

TEST(Requirements, TheFirstThatIsNotMetIsNamedWithARemedy) {
    const auto gpu = gpuOf(0, "9.0", "tesla");
    const auto unmet = firstUnmet({"cuda>=12", "cuda>=13", "brand=x"}, kDriver, {&gpu});
    ASSERT_TRUE(unmet);
    EXPECT_EQ(unmet->requirement, "cuda>=13");
    EXPECT_EQ(unmet->remedy,
              "Update the driver, use an image for an older one, or set NVIDIA_DISABLE_REQUIRE=1.");
    EXPECT_EQ(firstUnmet({"brand=x"}, kDriver, {&gpu})->remedy,
              "Give the container another GPU, or set NVIDIA_DISABLE_REQUIRE=1.");
}

} // namespace
} // namespace toolkit
