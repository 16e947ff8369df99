#include "host/kernel/kernel_config.h"

#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

constexpr const char* kText = "# Linux\nCONFIG_MODULES=y\n# CONFIG_X is not set\nCONFIG_DRM=m\n"
                              "CONFIG_LSM=\"lockdown,yama\"\nCONFIG_HZ=250\n";

class KernelConfigTest : public testing::Test {
  protected:
    [[nodiscard]] std::optional<KernelConfig> read() const {
        return readKernelConfig("6.1", tree.path() / "proc", tree.path() / "root");
    }
    tests::Directory tree;
};

TEST_F(KernelConfigTest, OptionsByName) {
    const auto config = parseKernelConfig(kText, "f");
    EXPECT_TRUE(config.has("CONFIG_MODULES"));
    EXPECT_TRUE(config.has("CONFIG_DRM"));
    EXPECT_FALSE(config.has("CONFIG_X"));
    EXPECT_FALSE(config.has("CONFIG_HZ"));
    EXPECT_FALSE(config.has("CONFIG_NONE"));
}

TEST_F(KernelConfigTest, TheKernelsOwnComesFirst) {
    tree.write("root/boot/config-6.1", "CONFIG_A=y\n");
    EXPECT_TRUE(read()->has("CONFIG_A"));
    const auto plain = tree.write("proc/config", kText);
    runChecked({.argv = {"gzip", plain}});
    EXPECT_TRUE(read()->has("CONFIG_MODULES"));
    EXPECT_EQ(read()->file, tree.path() / "proc/config.gz");
}

TEST_F(KernelConfigTest, WhereDistributionsPutIt) {
    for (const char* file :
         {"boot/config-6.1", "usr/lib/modules/6.1/config", "usr/lib/modules/6.1/build/.config",
          "lib/modules/6.1/build/.config"}) {
        for (const char* root : {"root", "proc/1/root"}) {
            const auto path = tree.write(std::filesystem::path(root) / file, kText);
            ASSERT_TRUE(read()) << path;
            EXPECT_EQ(read()->file, path);
            std::filesystem::remove(path);
        }
    }
    tree.write("root/boot/config-6.2", kText);
    EXPECT_FALSE(read());
}

TEST_F(KernelConfigTest, DamagedOrEndlessOnesCountAsNone) {
    tree.write("root/boot/config-6.1", kText);
    for (const std::string& bytes :
         {std::string("\x1f\x8b"), std::string("\x1f\x8b\x08garbage"), std::string()}) {
        tree.write("proc/config.gz", bytes);
        ASSERT_TRUE(read());
        EXPECT_EQ(read()->file.filename(), "config-6.1");
    }
    // 64 MiB of zeros in 64 kB.
    const auto bomb = tree.write("proc/config", std::string(64 << 20, '\0'));
    runChecked({.argv = {"gzip", "-f", bomb}});
    EXPECT_EQ(read()->file.filename(), "config-6.1");
}

} // namespace
} // namespace host
