#include "precompile/source/source_directory.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(InstalledDrivers, OnlyVersions) {
    const tests::Directory src;
    src.write("nvidia-550.1/x", "");
    src.write("nvidia-535.261.03/x", "");
    src.write("nvidia-current/x", "");
    src.write("linux-headers/x", "");
    EXPECT_THAT(installedDrivers(src.path()), ElementsAre("535.261.03", "550.1"));
    EXPECT_TRUE(installedDrivers("/does/not/exist").empty());
}

TEST(FindDriverSource, NamesWhatIsMissing) {
    const tests::Directory src;
    for (const char* file : {"Makefile", "Kbuild", "nvidia/nv-kernel.o_binary"}) {
        src.write(std::filesystem::path("nvidia-1.2/kernel-open") / file, "x");
    }
    EXPECT_THAT(
        [&] { findDriverSource(src.path(), "1.2", Flavour::Open); },
        testing::ThrowsMessage<host::Error>(HasSubstr("nv-modeset-kernel.o_binary is missing")));
    src.write("nvidia-1.2/kernel-open/nvidia-modeset/nv-modeset-kernel.o_binary", "x");
    EXPECT_EQ(findDriverSource(src.path(), "1.2", Flavour::Open).directory,
              src.path() / "nvidia-1.2/kernel-open");
    EXPECT_THROW(findDriverSource(src.path(), "1.2", Flavour::Proprietary), host::Error);
    EXPECT_THAT(installedFlavours(src.path(), "1.2"), ElementsAre(Flavour::Open));
}

TEST(FindDriverSource, VersionIsNoPath) {
    EXPECT_THROW(findDriverSource("/", "../etc", Flavour::Open), host::Error);
}

TEST(Flavour, BothWays) {
    EXPECT_EQ(flavourFromString("open"), Flavour::Open);
    EXPECT_EQ(toString(Flavour::Proprietary), "proprietary");
    EXPECT_THROW(flavourFromString("Open"), host::Error);
}

} // namespace
} // namespace precompile
