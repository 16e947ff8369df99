#include "toolkit/inventory/doubts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

TEST(Doubts, AreAboutADriverThatContainersCouldNotUse) {
    struct Case {
        const char* driver;
        const char* module;
        bool hasLibraries;
        const char* doubt; ///< empty: none
    };
    const Case cases[] = {
        {"535.161", "535.161", true, ""},
        {"535.161", "", true, ""},
        {"470.42", "535.161", true,
         "the libraries in /run/nvidia/driver are of driver 470.42, the loaded module is of "
         "535.161"},
        {"535.161", "535.161", false,
         "the driver root /run/nvidia/driver has no library of the driver 535.161"},
        {"", "", false, "the driver root /run/nvidia/driver has no library of the driver"},
    };
    for (const Case& test : cases) {
        Inventory inventory{.driverRoot = "/run/nvidia/driver",
                            .driverVersion = test.driver,
                            .moduleVersion = test.module};
        inventory.libraries.resize(test.hasLibraries ? 1 : 0);
        std::string said;
        for (const host::Error& doubt : doubts(inventory)) {
            said += doubt.what();
            EXPECT_THAT(doubt.remedy(), testing::HasSubstr("{driver-root}"));
        }
        EXPECT_EQ(said, test.doubt);
    }
}

TEST(Doubts, AreAboutGpusThatNvmlDoesNotTellOf) {
    struct Case {
        gpu::Source source;
        const char* doubt;
    };
    for (const auto& [source, doubt] :
         {Case{gpu::Source::Proc, "NVML is mute; the GPUs are as /proc tells them"},
          Case{gpu::Source::Nvml, "NVML is mute; containers do not get it"}}) {
        Inventory inventory{.source = source, .nvmlFailure = "NVML is mute"};
        inventory.libraries.resize(1);
        const auto said = doubts(inventory);
        ASSERT_EQ(said.size(), 1U);
        EXPECT_STREQ(said[0].what(), doubt);
    }
}

} // namespace
} // namespace toolkit
