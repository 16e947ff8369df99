#include "precompile/compatibility/kernel_facts.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(KernelFacts, OfANameAlone) {
    struct Case {
        const char* release;
        bool realTime;
    };
    for (const auto& [release, realTime] : {Case{"6.1.0-56-rt-amd64", true},
                                            {"6.12.95+deb12-rt-amd64", true},
                                            {"6.6.30-rt30", true},
                                            {"6.6.30-rt", true},
                                            {"6.6.30-rtx", false},
                                            {"6.1.0-56-amd64", false},
                                            {"6.12.102-flatcar", false}}) {
        const auto facts = kernelFactsOf(
            {.osId = "", .osRelease = "", .architecture = "x86_64", .kernel = release});
        EXPECT_EQ(facts.options.has_value(), realTime) << release;
        EXPECT_EQ(facts.release, release);
        EXPECT_EQ(facts.architecture, "x86_64");
        EXPECT_FALSE(facts.compiler);
    }
}

TEST(KernelFacts, OfWhatAReleaseHolds) {
    const distribution::ReleaseContents contents{.kernel = "6.12.102-flatcar",
                                                 .compiler = "gcc-14.3.0"};
    distribution::Target target{
        .osId = "flatcar", .osRelease = "4593.2.5", .architecture = "x86_64", .kernel = ""};
    EXPECT_EQ(kernelFactsOf(target, contents).release, "6.12.102-flatcar");
    EXPECT_EQ(kernelFactsOf(target, contents).version, (KernelVersion{6, 12, 102}));
    EXPECT_EQ(kernelFactsOf(target, contents).compiler->version, 14U);
    target.kernel = "6.6.1-flatcar";
    EXPECT_EQ(kernelFactsOf(target, contents).release, "6.6.1-flatcar");
}

TEST(KernelFacts, CompilerOfWhatItSays) {
    struct Case {
        const char* text;
        unsigned version; ///< 0: none
    };
    for (const auto& [text, version] :
         {Case{"gcc (Debian 12.2.0-14+deb12u1) 12.2.0", 12},
          {"x86_64-cros-linux-gnu-gcc (Gentoo Hardened 14.3.0 p8) 14.3.0\nCopyright 2024", 14},
          {"x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0", 14},
          {"gcc-15.1.1_p20250705", 15},
          {"clang version 18.1.8", 0},
          {"", 0}}) {
        const auto compiler = compilerFrom(text);
        EXPECT_EQ(compiler ? compiler->version : 0, version) << text;
    }
}

TEST(KernelFacts, ProbeOfAHeader) {
    const KernelProbe four{.file = "", .name = "resize", .arguments = 4};
    const KernelProbe gone{.file = "", .name = "resize", .present = false};
    const KernelProbe there{.file = "", .name = "resize"};
    struct Case {
        const char* text;
        std::optional<bool> hasFour;
        bool isThere;
    };
    const Case cases[] = {
        {"int resize(struct dev *d, int i, int size,\n\t\tint exclude);", true, true},
        {"int resize(struct dev *d, int i, int size);", false, true},
        {"int resize(int (*f)(int, int), int b, int c, int d);", true, true},
        {"/* resize(a) */ // resize(b)\nint resize (int a, int b, int c, int d);", true, true},
        {"/* resize(a, b, c, d) */", {}, false},
        {"int resize_all(int a, int b, int c, int d);", {}, false},
        {"int no_resize(int a, int b, int c, int d);", {}, false},
        {"int resize", {}, true},
        {"int resize(a, b", {}, true},
        {"/* resize", {}, false},
        {"// resize", {}, false},
        {"", {}, false},
    };
    for (const auto& [text, hasFour, isThere] : cases) {
        EXPECT_EQ(answerOf(four, text), hasFour) << text;
        EXPECT_EQ(answerOf(there, text), isThere) << text;
        EXPECT_EQ(answerOf(gone, text), !isThere) << text;
    }
}

class KernelTreeTest : public testing::Test {
  protected:
    void write(const std::filesystem::path& file, const std::string& text) const {
        directory.write(file, text);
    }
    [[nodiscard]] KernelFacts facts() const {
        return kernelFactsOf(
            distribution::BuildRoot{.root = root,
                                    .kernelBuild = "/lib/modules/6.1.0-56-amd64/build",
                                    .target = {.osId = "debian",
                                               .osRelease = "12",
                                               .architecture = "x86_64",
                                               .kernel = "6.1.0-56-amd64"},
                                    .digests = {}},
            breakTable());
    }

    tests::Directory directory;
    std::filesystem::path root = directory.path();
};

/// Debian's two folders, behind absolute links that mean the build root's own.
TEST_F(KernelTreeTest, SaysMoreThanTheName) {
    write("usr/src/amd64/include/generated/uapi/linux/version.h",
          "#define LINUX_VERSION_CODE 393664\n#define LINUX_VERSION_MAJOR 6\n"
          "#define LINUX_VERSION_PATCHLEVEL 1\n#define LINUX_VERSION_SUBLEVEL 192\n");
    write("usr/src/amd64/.config",
          "# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_C=m\nCONFIG_D=\"n\"\nCONFIG_E=n\nCONFIG_F=\n");
    write("usr/src/amd64/Module.symvers",
          "0x0\tdrm_gem_prime_handle_to_fd\tdrm\tEXPORT_SYMBOL\t\n");
    write("usr/src/common/include/linux/pci.h",
          "int pci_resize_resource(struct pci_dev *dev, int i, int size,\n int exclude_bars);\n");
    const auto modules = root / "lib/modules/6.1.0-56-amd64";
    std::filesystem::create_directories(modules);
    std::filesystem::create_symlink("/usr/src/amd64", modules / "build");
    std::filesystem::create_symlink("/usr/src/common", modules / "source");

    const KernelFacts found = facts();
    EXPECT_EQ(found.version, (KernelVersion{6, 1, 192}));
    EXPECT_EQ(found.options, (std::set<std::string>{"CONFIG_B", "CONFIG_C", "CONFIG_D"}));
    const std::map<std::string, bool> probed = {{"pci-resize-resource-exclude-bars", true},
                                                {"drm-prime-helpers-unexported", false},
                                                {"vma-start-write-gpl", false}};
    EXPECT_EQ(found.probed, probed);
}

TEST_F(KernelTreeTest, ThatIsNotThereLeavesTheName) {
    const KernelFacts found = facts();
    EXPECT_EQ(found.version, (KernelVersion{6, 1}));
    EXPECT_FALSE(found.options);
    EXPECT_TRUE(found.probed.empty());
}

} // namespace
} // namespace precompile
