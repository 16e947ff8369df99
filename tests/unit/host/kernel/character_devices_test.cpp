#include "host/kernel/character_devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(CharacterDevices, AreThoseOfTheirSection) {
    EXPECT_THAT(parseCharacterDevices("Character devices:\n"
                                      "  1 mem\n"
                                      "195 nvidia-frontend\n"
                                      "nonsense\n"
                                      "\n"
                                      "Block devices:\n"
                                      "259 blkext\n"),
                UnorderedElementsAre(Pair("mem", 1U), Pair("nvidia-frontend", 195U)));
    EXPECT_THAT(parseCharacterDevices(""), testing::IsEmpty());
    EXPECT_THAT(parseCharacterDevices("Block devices:\n  1 x\n"), testing::IsEmpty());
}

} // namespace
} // namespace host
