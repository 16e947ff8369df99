#include "host/kernel/selinux.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

TEST(SelinuxContext, OnlyTheTypeChanges) {
    EXPECT_EQ(withType("system_u:object_r:device_t:s0", "container_file_t"),
              "system_u:object_r:container_file_t:s0");
    EXPECT_EQ(withType("u:r:t:s0:c1,c2", "x"), "u:r:x:s0:c1,c2");
    EXPECT_EQ(withType("u:r:t", "x"), "u:r:x");
    EXPECT_EQ(withType("unlabeled", "x"), std::nullopt);
    EXPECT_EQ(withType("", "x"), std::nullopt);
}

TEST(SelinuxLabel, NothingHappensWithoutSelinux) {
    const tests::Directory sys;
    EXPECT_FALSE(hasSelinux(sys.path()));
    EXPECT_EQ(labelForContainers("/does/not/exist", sys.path()), std::nullopt);
}

TEST(SelinuxLabel, RefusalNamesThePath) {
    const tests::Directory sys;
    sys.write("fs/selinux/enforce", "1");
    EXPECT_THAT(labelForContainers("/does/not/exist", sys.path()).value_or(""),
                testing::HasSubstr("/does/not/exist"));
}

} // namespace
} // namespace host
