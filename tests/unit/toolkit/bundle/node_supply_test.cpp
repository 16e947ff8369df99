#include "toolkit/bundle/node_supply.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/driver_tree.h"
#include "tests/unit/toolkit/edits/sample.h"
#include "toolkit/inventory/inventory_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::DriverTree;

std::string textOfInit(const std::string& bootId) {
    auto inventory = tests::sampleInventory();
    inventory.bootId = bootId;
    inventory.driverVersion = "of init";
    return inventoryToText(inventory);
}

TEST(NodeSupply, ConfigIsFoundByTheEnvironment) {
    const DriverTree tree;
    tree.file("/named.toml", "disable-require = true\nunknown = 1\n");
    tree.file("/home/nvidia-container-runtime/config.toml",
              "[nvidia-container-runtime]\ndebug = '~/log'\n");
    const auto root = tree.path().string();

    const auto named = readToolkitConfig({}, tree.path() / "named.toml");
    EXPECT_TRUE(named.config.disableRequire);
    EXPECT_THAT(named.warnings, ElementsAre(HasSubstr("named.toml:2:1: 'unknown' is ignored")));

    const auto found = readToolkitConfig({{"XDG_CONFIG_HOME", root + "/home"}, {"HOME", "/h"}});
    EXPECT_EQ(found.config.runtime.debug, "/h/log");
    const auto homeless = readToolkitConfig({{"XDG_CONFIG_HOME", root + "/home"}, {"HOME", ""}});
    EXPECT_EQ(homeless.config.runtime.debug, "/root/log");
}

TEST(NodeSupply, ConfigOfAnInstallationIsBesideTheProgram) {
    const DriverTree tree;
    const auto root = tree.path().string();
    tree.file("/named.toml", "");
    tree.file("/home/nvidia-container-runtime/config.toml", "disable-require = true");
    tree.link(tree.path() / "opt/driverctl-runtime", "/self");
    const auto checks = [&](const char* variable, const std::string& value) {
        return !readToolkitConfig({{variable, value}}, {}, tree.path() / "self")
                    .config.disableRequire;
    };
    EXPECT_FALSE(checks("XDG_CONFIG_HOME", root + "/home"));
    tree.file("/opt/.config/nvidia-container-runtime/config.toml", "disable-require = true");
    EXPECT_FALSE(checks("XDG_CONFIG_HOME", root + "/none"));
    EXPECT_TRUE(checks("NVIDIA_CTK_CONFIG_FILE_PATH", root + "/named.toml"));
}

TEST(NodeSupply, OnlyANamedConfigHasToBeThere) {
    const DriverTree tree;
    const auto root = tree.path().string();
    EXPECT_THAT(readToolkitConfig({{"XDG_CONFIG_HOME", root}}).warnings, IsEmpty());
    EXPECT_THROW(readToolkitConfig({}, tree.path() / "missing.toml"), host::Error);
    tree.file("/nvidia-container-runtime/config.toml", std::string((1 << 20) + 1, '#'));
    EXPECT_THROW(readToolkitConfig({{"XDG_CONFIG_HOME", root}}), host::Error);
}

TEST(NodeSupply, InventoryIsThatOfInitWhereItHolds) {
    struct Case {
        std::string text;
        std::string version; ///< of the inventory
    };
    const Case cases[] = {{textOfInit("now"), "of init"},
                          {textOfInit("before"), "535.261.03"},
                          {R"({"boot_id": "now"})", "535.261.03"},
                          {"", "535.261.03"}};
    for (const auto& [text, version] : cases) {
        const DriverTree tree;
        tree.file("/proc/sys/kernel/random/boot_id", "now\n");
        tree.file("/proc/driver/nvidia/version", "NVRM version: Kernel Module 535.261.03 \n");
        tree.file("/run/nvidia/driverctl/inventory.json", text);
        EXPECT_EQ(supplyOf({}, tree.roots()).inventory().driverVersion, version) << text;
    }
}

TEST(NodeSupply, RootOfTheConfigCountsWhereTheInventoryIsCollected) {
    const DriverTree tree;
    tree.library("/opt/driver/usr/lib64/libcuda.so.550.54.15");
    ToolkitConfig config;
    config.containerCli.root = tree.path() / "opt/driver";
    const auto collected = inventoryOf(config, tree.roots());
    EXPECT_EQ(collected.driverRoot, tree.path() / "opt/driver");
    EXPECT_EQ(collected.driverVersion, "550.54.15");
    EXPECT_EQ(inventoryOf({}, tree.roots()).driverVersion, "");

    tree.file("/proc/sys/kernel/random/boot_id", "now\n");
    tree.file("/run/nvidia/driverctl/inventory.json", textOfInit("now"));
    EXPECT_EQ(inventoryOf(config, tree.roots()).driverVersion, "of init");
}

TEST(NodeSupply, HookProgramLiesBesideTheProgramFirst) {
    const DriverTree tree;
    tree.link(tree.path() / "opt/driverctl-runtime", "/self");
    const auto found = [&] { return findHookProgram(tree.roots(), tree.path() / "self"); };
    EXPECT_THROW(found(), host::Error);
    for (const char* place : {"usr/bin/driverctl-hook", "run/nvidia/driver/usr/bin/driverctl-hook",
                              "opt/driverctl-hook"}) {
        tree.file(std::filesystem::path("/") / place);
        EXPECT_EQ(found(), tree.path() / place);
    }
}

TEST(NodeSupply, NodeHasToBeThere) {
    const auto lookup = supplyOf({}).lookup;
    const HostNode null = lookup("/dev/null");
    EXPECT_EQ(null.type, 'c');
    EXPECT_EQ(null.major, 1U);
    EXPECT_EQ(null.minor, 3U);
    EXPECT_THROW(lookup("/dev/none"), host::SystemError);
}

} // namespace
} // namespace toolkit
