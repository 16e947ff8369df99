#include "toolkit/inventory/capability.h"

#include <gtest/gtest.h>

using toolkit::Capabilities;
using toolkit::Capability;

TEST(Capability, EveryWordIsReadBack) {
    for (const Capability capability : toolkit::kCapabilities) {
        EXPECT_EQ(toolkit::toCapability(toolkit::toString(capability)), capability);
    }
    EXPECT_EQ(toolkit::toString(Capability::Compat32), "compat32");
}

TEST(Capability, CaseMatters) {
    EXPECT_EQ(toolkit::toCapability("Compute"), std::nullopt);
}

TEST(Capability, VideoBringsComputeAndDisplayBringsGraphics) {
    EXPECT_EQ(toolkit::expanded({Capability::Video}),
              (Capabilities{Capability::Video, Capability::Compute}));
    EXPECT_EQ(toolkit::expanded({Capability::Display}),
              (Capabilities{Capability::Display, Capability::Graphics}));
    EXPECT_EQ(toolkit::expanded({Capability::Compat32}), Capabilities{Capability::Compat32});
}
