#include "distribution/mount_points.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace distribution {
namespace {

TEST(MountPoints, LieBehindTheRootsOwnLinks) {
    const tests::Directory directory;
    std::filesystem::create_directories(directory.path() / "var/tmp");
    std::filesystem::create_directory(directory.path() / "dev");
    std::filesystem::create_directory_symlink("/var/tmp", directory.path() / "tmp");
    const host::Rooted root(directory.path());
    EXPECT_EQ(mountPointIn(root, "/tmp"), directory.path() / "var/tmp");
    EXPECT_EQ(mountPointIn(root, "/dev"), directory.path() / "dev");
}

} // namespace
} // namespace distribution
