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

} // namespace
} // namespace host
