#include "toolkit/inventory/libraries.h"

#include "tests/unit/toolkit/driver_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kVersion = "535.261.03";
const std::string kMultiarch = "/usr/lib/x86_64-linux-gnu/";

class Libraries : public testing::Test {
  protected:
    void library(const std::string& path, const tests::ElfImage& image = {}) const {
        tree.library(path + "." + kVersion, image);
    }
    [[nodiscard]] std::vector<Library> find() const {
        const host::Rooted root(tree.path());
        return findLibraries(root, libraryDirectories(root), kVersion);
    }
    [[nodiscard]] std::vector<std::string> paths() const {
        return tests::pathsOf(find(), &Library::path);
    }
    /// "link -> target", of the only library.
    [[nodiscard]] std::vector<std::string> links() const {
        std::vector<std::string> links;
        for (const auto libraries = find(); const Link& link : libraries.at(0).links) {
            links.push_back(link.link.string() + " -> " + link.target.string());
        }
        return links;
    }
    tests::DriverTree tree;
};

TEST_F(Libraries, AreInTheOrderOfTheirCapabilitiesAnd32BitOnesLast) {
    for (const char* name : {"libnvidia-unheard-of.so", "libEGL_nvidia.so", "libnvcuvid.so",
                             "libcuda.so", "libnvidia-ml.so"}) {
        library(kMultiarch + name);
    }
    library("/usr/lib/i386-linux-gnu/libnvidia-ml.so");
    library("/usr/lib/libcuda.so", {.is32Bit = true});
    EXPECT_THAT(paths(), ElementsAre("/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.535.261.03",
                                     "/usr/lib/x86_64-linux-gnu/libcuda.so.535.261.03",
                                     "/usr/lib/x86_64-linux-gnu/libnvcuvid.so.535.261.03",
                                     "/usr/lib/x86_64-linux-gnu/libEGL_nvidia.so.535.261.03",
                                     "/usr/lib/x86_64-linux-gnu/libnvidia-unheard-of.so.535.261.03",
                                     "/usr/lib/i386-linux-gnu/libnvidia-ml.so.535.261.03",
                                     "/usr/lib/libcuda.so.535.261.03"));
    const auto libraries = find();
    EXPECT_EQ(libraries[0].capability, Capability::Utility);
    EXPECT_FALSE(libraries[0].is32Bit);
    EXPECT_EQ(libraries[4].capability, std::nullopt);
    EXPECT_TRUE(libraries[6].is32Bit) << "the object says so, not the directory";
}

TEST_F(Libraries, OfAnotherVersionAreSkipped) {
    tree.library(kMultiarch + "libcuda.so.470.256.02");
    tree.library(kMultiarch + "libcuda.so.1535.261.03");
    tree.library(kMultiarch + "libnvidia-egl-gbm.so.1.1.2");
    tree.library(kMultiarch + "libnvidia-egl-gbm.so.1");
    EXPECT_THAT(paths(), ElementsAre(kMultiarch + "libnvidia-egl-gbm.so.1.1.2"));
}

TEST_F(Libraries, WhatIsNoObjectIsNoLibrary) {
    tree.file(kMultiarch + "libcuda.so." + kVersion, "INPUT(somewhere)");
    tree.file(kMultiarch + "libnvidia-ml.so." + kVersion, "");
    EXPECT_THAT(paths(), IsEmpty());
}

TEST_F(Libraries, OneThatCannotBeOpenedHidesNoOther) {
    library(kMultiarch + "libnvidia-ml.so");
    const std::string socket = kMultiarch + "libcuda.so." + kVersion;
    ASSERT_EQ(::mknod((tree.path() / socket.substr(1)).c_str(), S_IFSOCK | 0600, 0), 0);
    EXPECT_THAT(paths(), ElementsAre(kMultiarch + "libnvidia-ml.so." + kVersion));
}

TEST_F(Libraries, OnlyThePresentTlsCounts) {
    library(kMultiarch + "libnvidia-tls.so", {.kernelAbi = {2, 2, 5}});
    EXPECT_THAT(paths(), IsEmpty());
    library(kMultiarch + "libnvidia-tls.so", {.kernelAbi = {2, 3, 99}});
    EXPECT_EQ(paths().size(), 1U);
}

TEST_F(Libraries, AFileThatSeveralDirectoriesLeadToCountsOnce) {
    library("/usr/lib64/libcuda.so");
    tree.link("usr/lib64", "/lib64");
    tree.link(std::string("/usr/lib64/libcuda.so.") + kVersion,
              kMultiarch + "libcuda.so." + kVersion);
    EXPECT_THAT(paths(), ElementsAre("/usr/lib64/libcuda.so.535.261.03"));
}

TEST_F(Libraries, LinksAreThoseOfTheLinkerAndOfCompilersWhereTheyAreThere) {
    library(kMultiarch + "libnvidia-ml.so");
    EXPECT_THAT(links(),
                ElementsAre(kMultiarch + "libnvidia-ml.so.1 -> libnvidia-ml.so.535.261.03"));
    tree.link("libnvidia-ml.so.1", kMultiarch + "libnvidia-ml.so");
    EXPECT_THAT(links(), ElementsAre(kMultiarch + "libnvidia-ml.so.1 -> libnvidia-ml.so.535.261.03",
                                     kMultiarch + "libnvidia-ml.so -> libnvidia-ml.so.1"));
}

TEST_F(Libraries, WhatIsNamedAsItsSonameNeedsNoLinkForIt) {
    library(kMultiarch + "libnvidia-glcore.so",
            {.soname = std::string("libnvidia-glcore.so.") + kVersion});
    EXPECT_THAT(links(), IsEmpty());
}

TEST_F(Libraries, ASonameIsAName) {
    library(kMultiarch + "libnvidia-ml.so", {.soname = "../../../etc/passwd"});
    EXPECT_THAT(links(), IsEmpty());
}

TEST_F(Libraries, SomeNeedLinksOfTheirOwn) {
    struct Case {
        const char* library;
        std::vector<std::string> links;
        std::optional<Capability> capability;
    };
    const Case cases[] = {
        {"libcuda.so", {"libcuda.so.1 -> libcuda.so.535.261.03", "libcuda.so -> libcuda.so.1"}, {}},
        {"libGLX_nvidia.so",
         {"libGLX_nvidia.so.1 -> libGLX_nvidia.so.535.261.03",
          "libGLX_indirect.so.0 -> libGLX_nvidia.so.535.261.03"},
         {}},
        {"libnvidia-allocator.so",
         {"libnvidia-allocator.so.1 -> libnvidia-allocator.so.535.261.03",
          "gbm/nvidia-drm_gbm.so -> ../libnvidia-allocator.so.1"},
         Capability::Graphics},
    };
    for (const Case& test : cases) {
        const tests::DriverTree other;
        other.library(kMultiarch + test.library + "." + kVersion);
        const host::Rooted root(other.path());
        const auto found = findLibraries(root, libraryDirectories(root), kVersion);
        ASSERT_EQ(found.size(), 1U) << test.library;
        std::vector<std::string> links;
        for (const Link& link : found[0].links) {
            links.push_back(link.link.string().substr(kMultiarch.size()) + " -> " +
                            link.target.string());
        }
        EXPECT_EQ(links, test.links) << test.library;
        EXPECT_EQ(found[0].links.back().capability, test.capability) << test.library;
    }
}

} // namespace
} // namespace toolkit
