#include "precompile/compatibility/driver_facts.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::IsEmpty;

TEST(DriverFacts, AreReadOutOfTheSources) {
    const tests::Directory directory;
    const auto& sources = directory.path();
    EXPECT_EQ(driverFactsOf("1.2", Flavour::Open, sources).debian, "");
    EXPECT_THAT(*driverFactsOf("1.2", Flavour::Open, sources).patches, IsEmpty());
    for (const auto& [changelog, debian] :
         {std::pair{"nvidia-graphics-drivers (535.261.03-1) bookworm; urgency=medium\n\n  * New",
                    "535.261.03-1"},
          {"nothing of it", ""},
          {"(", ""},
          {"", ""}}) {
        directory.write("debian/changelog", changelog);
        EXPECT_EQ(driverFactsOf("1.2", Flavour::Open, sources).debian, debian) << changelog;
    }
}

TEST(DriverFacts, PatchesThatAreYetToBeAppliedMendNothing) {
    const tests::Directory directory;
    directory.write("debian/changelog", "nvidia (470.256.02-10) sid; urgency=medium\n");
    directory.write("debian/patches/series", "one.patch\n");
    EXPECT_EQ(driverFactsOf("470.256.02", Flavour::Proprietary, directory.path()).debian, "");
    directory.write(".pc/applied-patches", "one.patch\n");
    EXPECT_EQ(driverFactsOf("470.256.02", Flavour::Proprietary, directory.path()).debian,
              "470.256.02-10");
}

} // namespace
} // namespace precompile
