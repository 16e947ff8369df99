#include "distribution/machine.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace distribution {
namespace {

TEST(OsRelease, HostsComesBeforeTheContainersOwn) {
    const tests::Directory root;
    EXPECT_FALSE(osReleaseOf(root.path()).has_value());
    for (const char* file : {"usr/lib/os-release", "etc/os-release", "host-etc/os-release"}) {
        root.write(file, std::string("ID=\"") + file + "\"\n");
        EXPECT_EQ(host::valueOf(osReleaseOf(root.path()).value(), "ID"), file);
    }
}

TEST(OsRelease, KeyThatIsNotThereIsEmpty) {
    EXPECT_EQ(host::valueOf({{"ID", "debian"}}, "VERSION_ID"), "");
}

} // namespace
} // namespace distribution
