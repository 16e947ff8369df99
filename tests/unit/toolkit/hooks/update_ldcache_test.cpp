#include "toolkit/hooks/update_ldcache.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;

TEST(ParseFolders, TakesAbsolutePaths) {
    EXPECT_THAT(parseFolders({"/usr/lib64", "/a/../b//c"}), ElementsAre("/usr/lib64", "/b/c"));
    for (const char* text : {"", "usr/lib", "/a\n/b", "/a b", "/a:/b", "/a#"}) {
        EXPECT_THROW(parseFolders({text}), host::Error) << text;
    }
}

// What the cache then holds: tests/system/test_hooks.py, because mounts need privileges.
TEST(UpdateLdcache, LeavesTheConfigurationWhereThereIsNoLdconfig) {
    const tests::Directory root;
    EXPECT_THROW(updateLdcache(ContainerRoot(root.path()), {"/usr/lib64"},
                               {{root.path(), "/sbin/ldconfig"}}),
                 host::Error);
    EXPECT_EQ(host::readFile(root.path() / "etc/ld.so.conf.d/00-nvcr-driverctl.conf"),
              "/usr/lib64\n");
    EXPECT_FALSE(std::filesystem::exists(root.path() / "etc/ld.so.cache"));
}

} // namespace
} // namespace toolkit
