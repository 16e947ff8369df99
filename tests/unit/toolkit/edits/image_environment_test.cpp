#include "toolkit/edits/image_environment.h"

#include "toolkit/edits/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ImageEnvironment, TheLastAssignmentCounts) {
    const ImageEnvironment environment({"A=1", "NONSENSE", "B=", "A=x=y"});
    EXPECT_EQ(environment.find("A"), "x=y");
    EXPECT_EQ(environment.find("B"), "");
    EXPECT_EQ(environment.find("NONSENSE"), std::nullopt);
    EXPECT_EQ(environment.value("C"), "");
}

TEST(ImageEnvironment, ALegacyImageRequiresTheCudaThatItHas) {
    const std::pair<const char*, const char*> cases[] = {
        {"0", "cuda>=0.0"},
        {"8", "cuda>=8.0"},
        {"9.0.116", "cuda>=9.0"},
        {"v9.1", "cuda>=9.1"},
        {"9.0.1-rc1", "cuda>=9.0"},
        {"9.0.1+build", "cuda>=9.0"},
        {"4294967295.4294967295.4294967295", "cuda>=4294967295.4294967295"},
    };
    for (const auto& [version, requirement] : cases) {
        EXPECT_THAT(ImageEnvironment({std::string("CUDA_VERSION=") + version}).requirements(),
                    ElementsAre(requirement));
    }
    for (const std::string version :
         {"foo", "9.0.116.50", "9.0.116foo", "7.foo", "9.0.bar", "9.4294967296", "9.0.116.", "9..0",
          "9.", ".5.10", "-9", "+9", "-9.1.116", "9.-1", "09.0", "9.0-rc1", "9.0.1-", "v", " 9"}) {
        try {
            (void)ImageEnvironment({"CUDA_VERSION=" + version}).requirements();
            ADD_FAILURE() << "accepted: " << version;
        } catch (const RequestError& error) {
            EXPECT_EQ(error.kind(), RequestError::Kind::BadCudaVersion);
            EXPECT_EQ(error.what(), "the image's CUDA_VERSION '" + version + "' is no version");
        }
    }
}

TEST(ImageEnvironment, RequirementsAreOfAllVariablesButJetsons) {
    const std::vector<std::string> env = {"NVIDIA_REQUIRE_CUDA=cuda>=9",
                                          "NVIDIA_REQUIRE_A=arch>=7",
                                          "NVIDIA_REQUIRE_JETPACK=csv-mounts=all",
                                          "NVIDIA_REQUIRE_JETPACK_HOST_MOUNTS=base-only",
                                          "NVIDIA_REQUIRE_EMPTY=",
                                          "CUDA_VERSION=nonsense"};
    EXPECT_THAT(ImageEnvironment(env).requirements(), ElementsAre("arch>=7", "cuda>=9"));
    for (const std::string word : {"1", "t", "T", "true", "TRUE", "True"}) {
        auto off = env;
        off.push_back("NVIDIA_DISABLE_REQUIRE=" + word);
        EXPECT_THAT(ImageEnvironment(off).requirements(), IsEmpty()) << word;
    }
    for (const std::string word : {"", "0", "yes", "tRUE", "enabled"}) {
        auto on = env;
        on.push_back("NVIDIA_DISABLE_REQUIRE=" + word);
        EXPECT_EQ(ImageEnvironment(on).requirements().size(), 2) << word;
    }
}

} // namespace
} // namespace toolkit
