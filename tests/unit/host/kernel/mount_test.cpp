#include "host/kernel/mount.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(MountInfo, ParsesOptionalFieldsAndEscapes) {
    const auto mounts = parseMountInfo("36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime shared:7 master:1 "
                                       "- ext3 /dev/root rw,errors=continue\n"
                                       "40 36 0:5 / /proc rw - proc proc rw\n"
                                       "41 36 0:6 / /mnt2 rw - cgroup  rw,devices\n");
    ASSERT_EQ(mounts.size(), 3U);
    EXPECT_EQ(mounts[0].id, 36);
    EXPECT_EQ(mounts[0].parentId, 35);
    EXPECT_EQ(mounts[0].root, "/mnt1");
    EXPECT_EQ(mounts[0].target, "/mnt/a b");
    EXPECT_TRUE(mounts[0].shared);
    EXPECT_EQ(mounts[0].type, "ext3");
    EXPECT_EQ(mounts[0].source, "/dev/root");
    EXPECT_FALSE(mounts[1].shared);
    EXPECT_EQ(mounts[2].source, "");
    EXPECT_EQ(mounts[2].systemOptions, "rw,devices");
}

TEST(MountInfo, MalformedLineIsNamed) {
    EXPECT_THROW(parseMountInfo("36 35 98:0 /\n"), Error);
}

TEST(MountsBelow, RootHasThemAll) {
    EXPECT_FALSE(mountsBelow("/").empty());
    for (const auto& mount : mountsBelow("/proc")) {
        EXPECT_TRUE(mount.target.string().starts_with("/proc")) << mount.target;
    }
}

TEST(MountOverlay, RefusesPathsThatItsOptionsWouldSplit) {
    for (const char* name : {"a,b", "a:b", "a\\b"}) {
        const tests::Directory directory;
        const auto scratch = directory.path() / name;
        EXPECT_THROW(mountOverlay(directory.path(), scratch, directory.path()), Error) << name;
        EXPECT_FALSE(std::filesystem::exists(scratch)) << "made before it was checked";
    }
}

} // namespace
} // namespace host
