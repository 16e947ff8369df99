#include "host/kernel/kernel_symbols.h"

#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {

bool operator==(const SymbolVersion& left, const SymbolVersion& right) {
    return left.crc == right.crc && left.exporter == right.exporter &&
           left.gplOnly == right.gplOnly && left.nameSpace == right.nameSpace;
}

namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(SymbolVersions, AreALineEach) {
    const tests::Directory directory;
    const auto file =
        directory.write("Module.symvers", "0xf2d6a1c0\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
                                          "0x00000007\tdrm_open\tdrivers/gpu/drm/drm\tEXPORT_"
                                          "SYMBOL_GPL\tDRM\n"
                                          "0x00000008\told\tvmlinux\tEXPORT_UNUSED_SYMBOL_GPL\n"
                                          "0x00000009\tfive_four\tUSB\tvmlinux\tEXPORT_SYMBOL\n"
                                          "0x0000000a\tunwanted\tvmlinux\tEXPORT_SYMBOL\t\n"
                                          "0x0000000b\tcut\tvmli\n"
                                          "damaged\n"
                                          "damaged\twithout_crc\tvmlinux\tEXPORT_SYMBOL\t\n");
    const auto versions =
        symbolVersions(file, {"printk", "drm_open", "old", "five_four", "cut", "without_crc"});
    ASSERT_TRUE(versions);
    EXPECT_THAT(
        *versions,
        UnorderedElementsAre(
            Pair("printk", SymbolVersion{.crc = 0xf2d6a1c0, .exporter = "vmlinux"}),
            Pair("drm_open", SymbolVersion{7, "drivers/gpu/drm/drm", true, "DRM"}),
            Pair("old", SymbolVersion{8, "vmlinux", true, ""}),
            Pair("five_four", SymbolVersion{.crc = 9, .exporter = "vmlinux", .nameSpace = "USB"})));
}

TEST(SymbolVersions, OfAnAbsentFileAreUnknown) {
    const tests::Directory directory;
    EXPECT_EQ(symbolVersions(directory.path() / "Module.symvers", {"printk"}), std::nullopt);
    EXPECT_TRUE(symbolVersions(directory.write("empty", ""), {"printk"}).has_value());
}

} // namespace
} // namespace host
