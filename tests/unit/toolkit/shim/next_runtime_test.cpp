#include "toolkit/shim/next_runtime.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class NextRuntime : public testing::Test {
  protected:
    void program(const char* name) const {
        tree.file(name);
        fs::permissions(root + name, fs::perms::owner_all);
    }
    [[nodiscard]] std::string found(const std::vector<std::string>& names,
                                    const std::string& path) const {
        return findNextRuntime(names, path, root + "/shim/driverctl-runtime");
    }
    tests::DriverTree tree;
    const std::string root = tree.path();
};

TEST_F(NextRuntime, IsTheFirstNameThatIsThere) {
    program("/a/crun");
    program("/b/runc");
    program("/shim/driverctl-runtime");
    tree.file("/a/runc", "not executable");
    fs::create_directory(root + "/a/youki");
    const std::string path = root + "/a:" + root + "/b";
    EXPECT_EQ(found({"runc", "crun"}, path), root + "/b/runc");
    EXPECT_EQ(found({"youki", "crun", "runc"}, path), root + "/a/crun");
    EXPECT_EQ(found({root + "/none", root + "/b/runc"}, ""), root + "/b/runc");
    EXPECT_EQ(found({"", "relative/runc", "crun"}, ":.:relative:" + path), root + "/a/crun");
}

TEST_F(NextRuntime, IsNeverTheProgramItself) {
    program("/shim/driverctl-runtime");
    tree.link(root + "/shim/driverctl-runtime", "/shim/runc");
    tree.link("runc", "/shim/crun");
    fs::create_hard_link(root + "/shim/driverctl-runtime", root + "/hard");
    program("/b/runc");
    EXPECT_EQ(found({root + "/hard", "crun", "runc"}, root + "/shim:" + root + "/b"),
              root + "/b/runc");
}

TEST_F(NextRuntime, HasToBeThere) {
    try {
        (void)found({"runc", "crun"}, "/none:/nowhere");
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("tried runc, crun in /none:/nowhere"));
        EXPECT_THAT(error.remedy(), HasSubstr("'runtimes'"));
    }
}

TEST_F(NextRuntime, CrunIsKnownByItsName) {
    program("/a/crun");
    program("/a/runc");
    tree.link("crun", "/a/default-runtime");
    EXPECT_TRUE(isCrun(root + "/a/crun"));
    EXPECT_TRUE(isCrun(root + "/a/default-runtime"));
    EXPECT_FALSE(isCrun(root + "/a/runc"));
}

} // namespace
} // namespace toolkit
