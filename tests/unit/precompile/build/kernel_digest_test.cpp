#include "precompile/build/kernel_digest.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

/// As Debian has it: two trees, and a link to the one from the kernel's modules.
class KernelDigest : public testing::Test {
  protected:
    static void fill(const tests::Directory& root) {
        root.write("usr/src/linux-headers-6.1/.config", "CONFIG_X=y\n");
        root.write("usr/src/linux-headers-6.1/Module.symvers", "0x1 a vmlinux\n");
        root.write("usr/src/linux-headers-6.1/include/generated/autoconf.h", "#define X\n");
        root.write("usr/src/linux-headers-common/include/linux/pci.h", "int pci;\n");
        root.write("usr/lib/linux-kbuild-6.1/scripts/Makefile.lib", "x = 1\n");
        std::filesystem::create_directories(root.path() / "lib/modules/6.1");
        std::filesystem::create_symlink("/usr/src/linux-headers-6.1",
                                        root.path() / "lib/modules/6.1/build");
        std::filesystem::create_symlink("/usr/src/linux-headers-common",
                                        root.path() / "lib/modules/6.1/source");
        std::filesystem::create_symlink("/usr/lib/linux-kbuild-6.1/scripts",
                                        root.path() / "usr/src/linux-headers-6.1/scripts");
    }
    static std::string digest(const tests::Directory& root, const std::string& kernel = "6.1") {
        return digestOfKernel({.root = root.path(),
                               .kernelBuild = "/lib/modules/6.1/build",
                               .target = {.osId = "debian",
                                          .osRelease = "12",
                                          .architecture = "x86_64",
                                          .kernel = kernel},
                               .digests = {}});
    }

    tests::Directory root_;
    std::string before_ = (fill(root_), digest(root_));
};

TEST_F(KernelDigest, AnotherRootWithTheSameKernelHasTheSame) {
    const tests::Directory other;
    fill(other);
    other.write("etc/os-release", "VERSION_ID=13\n");
    other.write("usr/src/linux-headers-6.1/vmlinux", "not seen by a test");
    EXPECT_EQ(digest(other), before_);
}

TEST_F(KernelDigest, WhateverATestSeesCounts) {
    for (const char* file :
         {"usr/src/linux-headers-6.1/.config", "usr/src/linux-headers-6.1/Module.symvers",
          "usr/src/linux-headers-6.1/include/generated/autoconf.h",
          "usr/src/linux-headers-common/include/linux/pci.h",
          "usr/src/linux-headers-common/include/linux/more.h",
          "usr/lib/linux-kbuild-6.1/scripts/Makefile.lib"}) {
        const tests::Directory other;
        fill(other);
        other.write(file, "changed");
        EXPECT_NE(digest(other), before_) << file;
    }
    EXPECT_NE(digest(root_, "6.1.1"), before_);
}

} // namespace
} // namespace precompile
