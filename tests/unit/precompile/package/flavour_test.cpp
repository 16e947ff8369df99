#include "precompile/package/flavour.h"

#include "host/base/error.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(Flavour, BothWays) {
    EXPECT_EQ(flavourFromString("open"), Flavour::Open);
    EXPECT_EQ(toString(Flavour::Proprietary), "proprietary");
    EXPECT_THROW(flavourFromString("Open"), host::Error);
}

} // namespace
} // namespace precompile
