#include "precompile/compatibility/versions.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(Versions, OfAKernelFromItsRelease) {
    struct Case {
        const char* release;
        std::optional<KernelVersion> version;
    };
    const Case cases[] = {
        {"6.12.102-flatcar", {{6, 12, 102}}},
        {"6.6.150-flatcar", {{6, 6, 150}}},
        {"6.12.95+deb12-amd64", {{6, 12, 95}}},
        {"6.1.0-56-amd64", {{6, 1}}}, // Debian's 6.1.192
        {"6.1.0-56-rt-amd64", {{6, 1}}},
        {"5.15.0-1070-aws", {{5, 15}}},
        {"5.14.0-427.13.1.el9_4.x86_64", {{5, 14}}},
        {"6.19.0-rc8", {{6, 19, 0}}},
        {"6.18.39", {{6, 18, 39}}},
        {"6.18", {{6, 18}}},
        {"", {}},
        {"6", {}},
        {"6.", {}},
        {"6..1", {}},
        {"flatcar", {}},
        {"6.6.145.1-1.azl3", {{6, 6, 145}}},
        {"6.6.87.2-microsoft-standard-WSL2", {{6, 6, 87}}},
        {"6.1.2.el9", {{6, 1, 2}}},
        {"99999999999.1.2", {}},
    };
    for (const auto& [release, version] : cases) {
        EXPECT_EQ(versionOfRelease(release), version) << release;
    }
}

TEST(Versions, OfAKernelFromItsBanner) {
    struct Case {
        const char* banner;
        std::optional<KernelVersion> version;
    };
    for (const auto& [banner, version] :
         {Case{"#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)", {{6, 1, 192}}},
          {"#1 SMP PREEMPT_RT Debian 6.12.95-1~bpo12+1 (2026-07-05)", {{6, 12, 95}}},
          {"#1 SMP PREEMPT_DYNAMIC Debian", {}},
          {"#1 SMP Debian x", {}},
          {"#82-Ubuntu SMP PREEMPT_DYNAMIC Tue Nov 3", {}},
          {"", {}}}) {
        EXPECT_EQ(versionOfBanner(banner), version) << banner;
    }
}

TEST(Versions, AreWrittenAsTheyAreRead) {
    for (const char* text : {"6.12.102", "6.12"}) {
        EXPECT_EQ(kernelVersionFrom(text)->toString(), text);
    }
    EXPECT_FALSE(kernelVersionFrom("6.12-rc1"));
}

TEST(Versions, InARange) {
    struct Case {
        const char* first; ///< empty: from the beginning
        const char* last;
        const char* kernel;
        bool held;
    };
    const Case cases[] = {
        {"6.1.178", "6.1", "6.1.177", false}, {"6.1.178", "6.1", "6.1.178", true},
        {"6.1.178", "6.1", "6.1.9999", true}, {"6.1.178", "6.1", "6.2.0", false},
        {"6.1.178", "6.1", "6.1", false}, // which one is not known
        {"6.19", "", "6.18.99", false},       {"6.19", "", "6.19.0", true},
        {"6.19", "", "6.19", true},           {"6.19", "", "7.2.1", true},
        {"6.7.3", "6.7.3", "6.7.3", true},    {"6.7.3", "6.7.3", "6.7.4", false},
        {"6.7", "6.7.3", "6.7", false},       {"", "5.15", "4.19.1", true},
        {"", "5.15", "5.16.0", false},        {"", "", "5.16.0", true},
    };
    for (const auto& [first, last, kernel, held] : cases) {
        const KernelRange range{kernelVersionFrom(first), kernelVersionFrom(last)};
        EXPECT_EQ(range.holds(*kernelVersionFrom(kernel)), held)
            << first << " to " << last << ": " << kernel;
    }
}

} // namespace
} // namespace precompile
