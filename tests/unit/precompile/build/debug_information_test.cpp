#include "precompile/build/debug_information.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(DebugInformation, IsReadForBtfAndForSymbolVersions) {
    const struct {
        const char* config;
        bool vmlinux;
        bool btf;
        bool read;
    } cases[] = {
        {"", true, false, false},
        {"CONFIG_DEBUG_INFO_BTF_MODULES=y\n", true, true, true},
        {"CONFIG_A=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y", true, true, true},
        {"CONFIG_DEBUG_INFO_BTF_MODULES=y\n", false, false, false},
        {"# CONFIG_DEBUG_INFO_BTF_MODULES is not set\nCONFIG_DEBUG_INFO_BTF=y\n", true, false,
         false},
        {"CONFIG_GENDWARFKSYMS=y\n", false, false, true},
        {"# CONFIG_GENDWARFKSYMS is not set\n", false, false, false},
    };
    for (const auto& each : cases) {
        EXPECT_EQ(makesBtf(each.config, each.vmlinux), each.btf) << each.config;
        EXPECT_EQ(readsDebugInformation(each.config, each.vmlinux), each.read) << each.config;
    }
}

} // namespace
} // namespace precompile
