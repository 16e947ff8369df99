#include "precompile/source/source_directory.h"

#include "host/base/error.h"
#include "tests/unit/precompile/source/trees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sources : public testing::Test {
  protected:
    [[nodiscard]] std::string refusal(const char* version, Flavour flavour) const {
        try {
            findDriverSource(src.path(), version, flavour);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            return error.what() + ("|" + error.remedy());
        }
        return "";
    }
    tests::Directory src;
};

TEST_F(Sources, NewestFirstAndCompleteFirst) {
    tests::writeDriverTree(src, "nvidia-current-535.309.01", "");
    tests::writeDriverTree(src, "nvidia-current-open-535.309.01", "", "Dual MIT/GPL");
    tests::writeDriverTree(src, "modules/nvidia-kernel", "1000.1");
    src.write("nvidia-535.309.01/kernel/Kbuild", "");
    src.write("nvidia-550.1/README", "");
    src.write("linux-headers/x", "");
    const auto found = lookAtSources(src.path());
    std::vector<std::string> places;
    for (const DriverTree& tree : found.trees) {
        places.push_back(tree.source.directory.lexically_relative(src.path()).string());
    }
    EXPECT_THAT(places, ElementsAre("modules/nvidia-kernel", "nvidia-current-open-535.309.01",
                                    "nvidia-current-535.309.01", "nvidia-535.309.01/kernel"));
    EXPECT_THAT(found.unknown, ElementsAre(src.path() / "nvidia-550.1"));
    EXPECT_THAT(installedDrivers(src.path()), ElementsAre("535.309.01", "1000.1"));
    EXPECT_THAT(installedFlavours(src.path(), "535.309.01"),
                ElementsAre(Flavour::Open, Flavour::Proprietary));
    EXPECT_EQ(findDriverSource(src.path(), "535.309.01", Flavour::Proprietary).directory,
              src.path() / "nvidia-current-535.309.01");
    EXPECT_EQ(driverMeantIn(src.path(), "535"), "535.309.01");
}

TEST_F(Sources, TheDirectoryItself) {
    tests::writeDriverTree(src, "NVIDIA-Linux-x86_64-1.2/kernel", "");
    EXPECT_THAT(installedDrivers(src.path() / "NVIDIA-Linux-x86_64-1.2"), ElementsAre("1.2"));
}

TEST_F(Sources, Nothing) {
    EXPECT_THAT(installedDrivers("/does/not/exist"), IsEmpty());
    EXPECT_THAT(refusal("../etc", Flavour::Open),
                HasSubstr("there are no open sources of driver ../etc in"));
    EXPECT_THAT(refusal("1.2", Flavour::Open), HasSubstr("which has none"));
    EXPECT_FALSE(lookAtSources(src.path()).unreadable);
}

TEST_F(Sources, ThatCannotBeListedAreNotNone) {
    EXPECT_EQ(lookAtSources(src.path() / "missing").unreadable,
              std::errc::no_such_file_or_directory);
    const auto file = src.write("file", "");
    EXPECT_THAT([&] { static_cast<void>(findDriverSource(file, "1.2", Flavour::Open)); },
                testing::ThrowsMessage<host::Error>(HasSubstr(
                    "in " + file.string() + ", which cannot be listed: Not a directory")));
}

TEST_F(Sources, AbsentIncompleteAndAnotherLayoutAreThreeMessages) {
    tests::writeDriverTree(src, "nvidia-1.2/kernel", "");
    src.write("nvidia-1.2/kernel-open/Makefile", "");
    src.write("nvidia-470.1/README", "");
    EXPECT_THAT(refusal("550.1", Flavour::Open),
                HasSubstr("there are no open sources of driver 550.1 in " + src.path().string() +
                          ", which has 1.2 (open, proprietary)|"));
    EXPECT_THAT(refusal("1.2", Flavour::Open),
                HasSubstr("the open sources of driver 1.2 are incomplete: " +
                          (src.path() / "nvidia-1.2/kernel-open").string() +
                          " lacks Kbuild, nvidia/nv-kernel.o_binary, "
                          "nvidia-modeset/nv-modeset-kernel.o_binary|Unpack"));
    EXPECT_THAT(refusal("470.1", Flavour::Open),
                HasSubstr("nvidia-470.1 holds driver sources in a layout that is not known"));
}

TEST_F(Sources, ARepositoryBeforeItsMake) {
    tests::writeDriverTree(src, "ogkm/kernel-open", "1.2");
    src.write("ogkm/version.mk", "");
    std::filesystem::remove(src.path() / "ogkm/kernel-open/nvidia/nv-kernel.o_binary");
    EXPECT_THAT(refusal("1.2", Flavour::Open),
                AllOf(HasSubstr("lacks nvidia/nv-kernel.o_binary"),
                      HasSubstr("Run make in " + (src.path() / "ogkm").string())));
}

TEST_F(Sources, OnesFoundWhenAskedFor) {
    const auto sources = driverSourcesBelow(src.path());
    EXPECT_THROW(static_cast<void>(sources("1.2", Flavour::Proprietary)), host::Error);
    tests::writeDriverTree(src, "nvidia-1.2/kernel", "");
    const auto found = sources("1.2", Flavour::Proprietary);
    EXPECT_EQ(found.directory, src.path() / "nvidia-1.2/kernel");
    ASSERT_EQ(found.cores.size(), 2U);
    EXPECT_EQ(found.cores[1].module, "nvidia-modeset");
}

} // namespace
} // namespace precompile
