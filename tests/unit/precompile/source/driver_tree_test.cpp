#include "precompile/source/driver_tree.h"

#include "tests/unit/precompile/source/trees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kOpen = "Dual MIT/GPL";

struct Case {
    const char* title;
    const char* directory;
    const char* tree; ///< below it
    const char* told; ///< by Kbuild; empty: nothing
    const char* licence;
    Layout layout;
    Flavour flavour;
    const char* version;
};

class Layouts : public testing::TestWithParam<Case> {};

TEST_P(Layouts, AreRecognised) {
    const Case& given = GetParam();
    const tests::Directory src;
    const std::filesystem::path directory = given.directory;
    if (given.layout == Layout::Repository) {
        src.write(directory / "version.mk", "NVIDIA_VERSION = 1.0\n");
    }
    tests::writeDriverTree(src, directory / given.tree, given.told, given.licence);
    const auto trees = driverTreesOf(src.path() / directory);
    ASSERT_EQ(trees.size(), 1U);
    EXPECT_EQ(trees[0].layout, given.layout);
    EXPECT_EQ(trees[0].source.flavour, given.flavour);
    EXPECT_EQ(trees[0].source.version, given.version);
    EXPECT_EQ(trees[0].source.root, src.path() / directory);
    EXPECT_EQ(trees[0].source.directory / "Kbuild", src.path() / directory / given.tree / "Kbuild");
    EXPECT_THAT(trees[0].missing, IsEmpty());
}

constexpr auto kClosed = Flavour::Proprietary;
INSTANTIATE_TEST_SUITE_P(
    DriverTree, Layouts,
    testing::Values(
        Case{"Installer", "nvidia-1.2.3", "kernel", "", "", Layout::Installer, kClosed, "1.2.3"},
        Case{"InstallerOpen", "nvidia-1.2.3", "kernel-open", "1.2.3", "", Layout::Installer,
             Flavour::Open, "1.2.3"},
        Case{"KbuildKnowsBetter", "nvidia-9.9.9", "kernel", "1.2.3", "", Layout::Installer, kClosed,
             "1.2.3"},
        Case{"Flat", "nvidia-535.1.2", "", "", "NVIDIA", Layout::Flat, kClosed, "535.1.2"},
        Case{"FlatOpen", "nvidia-535.1.2", "", "", kOpen, Layout::Flat, Flavour::Open, "535.1.2"},
        Case{"UbuntuServer", "nvidia-srv-535.1.2", "", "535.1.2", kOpen, Layout::Debian,
             Flavour::Open, "535.1.2"},
        Case{"Debian", "nvidia-current-535.309.01", "", "", "NVIDIA", Layout::Debian, kClosed,
             "535.309.01"},
        Case{"DebianTesla", "nvidia-tesla-470-470.256.02", "", "", "NVIDIA", Layout::Debian,
             kClosed, "470.256.02"},
        Case{"DebianOpen", "nvidia-current-open-535.309.01", "", "", kOpen, Layout::Debian,
             Flavour::Open, "535.309.01"},
        Case{"DebianSource", "modules/nvidia-kernel", "", "550.163.01", "NVIDIA", Layout::Debian,
             kClosed, "550.163.01"},
        Case{"RunFile", "NVIDIA-Linux-x86_64-595.84-no-compat32", "kernel-open", "", "",
             Layout::RunFile, Flavour::Open, "595.84"},
        Case{"Repository", "open-gpu-kernel-modules", "kernel-open", "570.1.2", kOpen,
             Layout::Repository, Flavour::Open, "570.1.2"}),
    [](const auto& info) { return info.param.title; });

TEST(DriverTree, BothFlavoursSideBySide) {
    const tests::Directory src;
    tests::writeDriverTree(src, "nvidia-1.2/kernel", "");
    tests::writeDriverTree(src, "nvidia-1.2/kernel-open", "");
    const auto trees = driverTreesOf(src.path() / "nvidia-1.2");
    ASSERT_EQ(trees.size(), 2U);
    EXPECT_EQ(trees[0].source.flavour, Flavour::Open);
    EXPECT_EQ(trees[1].source.flavour, Flavour::Proprietary);
}

TEST(DriverTree, SaysWhatIsMissing) {
    const tests::Directory src;
    src.write("nvidia-1.2/Kbuild", "");
    src.write("nvidia-1.2/nvidia/nv-kernel.o_binary", "core");
    const auto trees = driverTreesOf(src.path() / "nvidia-1.2");
    ASSERT_EQ(trees.size(), 1U);
    EXPECT_THAT(trees[0].missing,
                ElementsAre("Makefile", "nvidia-modeset/nv-modeset-kernel.o_binary",
                            "MODULE_LICENSE in nvidia/*.c"));
}

TEST(DriverTree, ACoreThatIsALink) {
    const tests::Directory src;
    tests::writeDriverTree(src, "open/kernel-open", "1.2", kOpen);
    const auto core = src.path() / "open/kernel-open/nvidia/nv-kernel.o_binary";
    std::filesystem::remove(core);
    std::filesystem::create_symlink("../../src/nvidia/_out/Linux_x86_64/nv-kernel.o", core);
    EXPECT_THAT(driverTreesOf(src.path() / "open").at(0).missing,
                ElementsAre("nvidia/nv-kernel.o_binary"));
    src.write("open/src/nvidia/_out/Linux_x86_64/nv-kernel.o", "core");
    EXPECT_THAT(driverTreesOf(src.path() / "open").at(0).missing, IsEmpty());
}

TEST(DriverTree, NotAnything) {
    const tests::Directory src;
    src.write("linux-source/kernel/sched/core.c", "");
    src.write("linux-source/Kbuild", "");
    src.write("nvidia-fs-2.17/Makefile", "");
    tests::writeDriverTree(src, "without-a-version", "");
    for (const char* other : {"linux-source", "nvidia-fs-2.17", "without-a-version", "none"}) {
        EXPECT_THAT(driverTreesOf(src.path() / other), IsEmpty()) << other;
    }
}

TEST(NamedAfterDriver, ByPrefixAndVersion) {
    EXPECT_TRUE(isNamedAfterDriver("/usr/src/nvidia-535.261.03"));
    EXPECT_TRUE(isNamedAfterDriver("NVIDIA-Linux-x86_64-595.84"));
    EXPECT_FALSE(isNamedAfterDriver("nvidia-current"));
    EXPECT_FALSE(isNamedAfterDriver("linux-headers-6.1"));
}

} // namespace
} // namespace precompile
