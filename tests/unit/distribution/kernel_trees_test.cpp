#include "distribution/kernel_trees.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace distribution {
namespace {

namespace fs = std::filesystem;

TEST(KernelsWithBuildTree, FollowsLinksInsideTheRoot) {
    const tests::Directory root;
    const auto modules = root.path() / "usr/lib/modules";
    fs::create_directories(modules / "6.1-flatcar/build");
    fs::create_directories(root.path() / "usr/src/linux-headers-6.1");
    const std::pair<const char*, fs::path> links[] = {
        {"6.1-debian", "/usr/src/linux-headers-6.1"},
        {"6.1-nowhere", "/usr/src/linux-headers-6.2"},
        {"6.1-host", root.path()}, // is there, but not in the root
        {"6.1-relative", "../../../src/linux-headers-6.1"},
    };
    for (const auto& [kernel, target] : links) {
        fs::create_directories(modules / kernel);
        fs::create_symlink(target, modules / kernel / "build");
    }
    root.write("usr/lib/modules/6.1-file/build", "");
    fs::create_directories(modules / "6.1-none");
    const host::Rooted rooted(root.path());
    EXPECT_THAT(kernelsWithBuildTree(rooted, "/usr/lib/modules"),
                testing::ElementsAre("6.1-debian", "6.1-flatcar", "6.1-relative"));
    EXPECT_THAT(kernelsWithBuildTree(rooted, "/lib/modules"), testing::IsEmpty());
}

} // namespace
} // namespace distribution
