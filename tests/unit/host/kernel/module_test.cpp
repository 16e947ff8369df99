#include "host/kernel/module.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace host {
namespace {

/// Each place in turn, the last one first: the nearer one counts.
TEST(ModuleTreeOf, IsTheNearestPlaceThatHasTheKernel) {
    const tests::Directory root;
    root.write("lib/modules/6.1.0-other/modules.dep", "");
    EXPECT_EQ(moduleTreeOf("6.1.0", root.path()), root.path() / "lib/modules/6.1.0");
    for (const char* place : {"host/usr/lib/modules", "host/lib/modules", "run/host/lib/modules",
                              "proc/1/root/usr/lib64/modules", "proc/1/root/usr/lib/modules",
                              "usr/lib64/modules", "usr/lib/modules", "lib/modules"}) {
        root.write(std::string(place) + "/6.1.0/modules.dep", "");
        EXPECT_EQ(moduleTreeOf("6.1.0", root.path()), root.path() / place / "6.1.0");
    }
}

TEST(KernelBuildOf, LiesWhereItsLinkLeadsInTheRootOfTheTree) {
    const tests::Directory root;
    for (const char* seenAt : {"", "proc/1/root"}) {
        const auto seen = seenAt == std::string() ? root.path() : root.path() / seenAt;
        const std::string kernel = seenAt == std::string() ? "6.1" : "6.12";
        const auto tree = seen / "lib/modules" / kernel;
        root.write((tree / "modules.dep").lexically_relative(root.path()), "");
        EXPECT_EQ(kernelBuildOf(kernel, root.path()), tree / "build") << "not there";
        std::filesystem::create_directory_symlink("/usr/src/linux", tree / "build");
        EXPECT_EQ(kernelBuildOf(kernel, root.path()), tree / "build") << "leads nowhere";
        std::filesystem::create_directories(seen / "usr/src/linux");
        EXPECT_EQ(kernelBuildOf(kernel, root.path()), seen / "usr/src/linux");
    }
}

} // namespace
} // namespace host
