#include "precompile/build/source_mending.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kFile = "nvidia/nv-pci.c";
constexpr const char* kCall = R"(resize:
    /* Attempt to resize BAR1 to the largest supported size */
    r = pci_resize_resource(pci_dev, NV_GPU_BAR1, requested_size);
)";
constexpr const char* kHeader =
    "int pci_resize_resource(struct pci_dev *dev, int i, int size, int exclude_bars);\n";

/// The open flavour of a driver that calls pci_resize_resource() with three arguments.
class SourceMendingTest : public testing::Test {
  protected:
    SourceMendingTest() {
        directory.write(std::filesystem::path("sources") / kFile, kCall);
        directory.write(std::filesystem::path("copy") / kFile, kCall);
    }
    std::map<std::string, std::string> mend(const Mending& mending) {
        return mendSources(
            lookAt(source, root, "gcc (Debian 14.2.0-19) 14.2.0"), mending,
            directory.path() / "copy",
            {.note = [this](const std::string& text) { said.push_back(text); },
             .warn = [this](const std::string& text) { said.push_back(text); },
             .forgive = [this](const host::Error& error) { said.emplace_back(error.what()); }});
    }
    void giveKernelWithFourArguments() const {
        directory.write("root/build/include/linux/pci.h", kHeader);
    }
    [[nodiscard]] std::string call() const {
        return host::readFile(directory.path() / "copy" / kFile);
    }

    tests::Directory directory;
    std::vector<std::string> said;
    DriverSource source{"550.163.01", Flavour::Open, directory.path() / "sources", {}};
    distribution::BuildRoot root{.root = directory.path() / "root",
                                 .kernelBuild = "/build",
                                 .target = {.osId = "debian",
                                            .osRelease = "13",
                                            .architecture = "x86_64",
                                            .kernel = "6.12.118+deb13-amd64"},
                                 .digests = {}};
};

TEST_F(SourceMendingTest, PatchesTheCopyWhereItBreaks) {
    giveKernelWithFourArguments();
    EXPECT_THAT(mend({}),
                ElementsAre(Pair("patch/pci-resize-resource.patch", testing::SizeIs(64))));
    EXPECT_NE(call(), kCall);
    EXPECT_EQ(host::readFile(source.directory / kFile), kCall);
    EXPECT_THAT(said, ElementsAre(HasSubstr("patched for kernel 6.12.118+deb13-amd64")));
}

TEST_F(SourceMendingTest, LeavesThemAloneWhereNothingBreaks) {
    directory.write("root/build/include/linux/pci.h",
                    "int pci_resize_resource(struct pci_dev *dev, int i, int size);\n");
    EXPECT_THAT(mend({}), IsEmpty());
    EXPECT_EQ(call(), kCall);
    EXPECT_THAT(said, IsEmpty());
}

TEST_F(SourceMendingTest, WithoutPatchesItRefusesUnlessForced) {
    giveKernelWithFourArguments();
    try {
        mend({.patches = false});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_THAT(error.what(), HasSubstr("pci_resize_resource() takes a fourth argument"));
    }
    EXPECT_THAT(mend({.patches = false, .force = true}), IsEmpty());
    EXPECT_EQ(call(), kCall);
    EXPECT_THAT(said, ElementsAre(HasSubstr("pci_resize_resource() takes a fourth argument")));
}

} // namespace
} // namespace precompile
