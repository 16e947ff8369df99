#include "toolkit/inventory/inventory_json.h"

#include "host/base/error.h"
#include "tests/unit/golden_file.h"
#include "tests/unit/temporary.h"
#include "tests/unit/toolkit/edits/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace toolkit {
namespace {

using testing::HasSubstr;
using Json = nlohmann::ordered_json;

std::string readAndWritten(const Inventory& inventory) {
    return inventoryToText(inventoryFromText(inventoryToText(inventory), "it"));
}

/// Inventories of all shapes: each list has none to three entries, each option is there or not.
class Some {
  public:
    explicit Some(unsigned seed) : random_(seed) {}

    Inventory inventory() {
        Inventory made{.bootId = text(),
                       .driverRoot = path(),
                       .devRoot = path(),
                       .driverVersion = text(),
                       .moduleVersion = text(),
                       .cudaVersion = text(),
                       .source = chance() ? gpu::Source::Nvml : gpu::Source::Proc,
                       .nvmlFailure = text()};
        fill(made.gpus, [&] { return gpu(); });
        fill(made.controlNodes, [&] { return path(); });
        fill(made.gpuNodes, [&] { return path(); });
        fill(made.migAccess, [&] { return MigAccess{number(), number(), node(), node()}; });
        fill(made.imexChannels, [&] { return path(); });
        made.migConfig = chance() ? std::optional(node()) : std::nullopt;
        made.migMonitor = chance() ? std::optional(node()) : std::nullopt;
        fill(made.binaries, [&] { return Binary{{path(), capability()}, path()}; });
        fill(made.libraries, [&] { return library(); });
        fill(made.sockets, [&] { return DriverFile{path(), capability()}; });
        fill(made.firmware, [&] { return path(); });
        fill(made.configFiles, [&] { return ConfigFile{path(), path()}; });
        return made;
    }

  private:
    unsigned number() { return static_cast<unsigned>(random_()); }
    bool chance() { return number() % 2 == 0; }
    std::string text() { return chance() ? "" : "GPU-\u00e9\"\n" + std::to_string(number()); }
    std::filesystem::path path() { return "/usr/lib \u00e9/" + std::to_string(number()); }
    std::optional<Capability> capability() {
        return chance() ? std::nullopt
                        : std::optional(kCapabilities[number() % std::size(kCapabilities)]);
    }
    CapabilityNode node() { return {path(), chance() ? path() : std::filesystem::path()}; }
    template <typename Value, typename Make>
    void fill(std::vector<Value>& values, const Make& make) {
        for (unsigned count = number() % 4; count > 0; --count) {
            values.push_back(make());
        }
    }
    Library library() {
        Library made{{path(), capability()}, chance(), {}};
        fill(made.links, [&] { return Link{path(), "../libcuda.so.1", capability()}; });
        return made;
    }
    gpu::Gpu gpu() {
        gpu::Gpu made{.index = number(),
                      .address = text(),
                      .minor = chance() ? std::optional(number()) : std::nullopt,
                      .uuid = text(),
                      .model = text(),
                      .architecture = text(),
                      .brand = text(),
                      .inMigMode = chance()};
        fill(made.migs, [&] { return gpu::MigDevice{number(), text(), number(), number()}; });
        fill(made.drmNodes, [&] { return path(); });
        fill(made.drmLinks, [&] { return path(); });
        return made;
    }
    std::mt19937 random_;
};

TEST(InventoryJson, WhatIsWrittenIsReadBack) {
    constexpr unsigned kSeeds = 100;
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
        const Inventory inventory = Some(seed).inventory();
        EXPECT_EQ(readAndWritten(inventory), inventoryToText(inventory)) << "seed " << seed;
    }
    const Inventory nothing;
    EXPECT_EQ(readAndWritten(nothing), inventoryToText(nothing));
}

TEST(InventoryJson, LooksLikeThis) {
    tests::expectGoldenFile("tests/unit/toolkit/inventory/golden/inventory-full.json",
                            inventoryToText(tests::sampleInventory()));
}

TEST(InventoryJson, BytesThatAreNoTextAreReplaced) {
    Inventory inventory;
    inventory.firmware = {"/lib/\xff.bin"};
    EXPECT_THAT(inventoryToText(inventory), HasSubstr("/lib/\ufffd.bin"));
}

struct Change {
    const char* place; ///< JSON pointer
    Json value;
    const char* said;
};

TEST(InventoryJson, AnythingElseIsRefusedWithItsPlace) {
    const Json whole = toJson(tests::sampleInventory());
    const Change cases[] = {
        {"/driver_root", "usr", "driver_root has the invalid value 'usr'"},
        {"/source", "guess", "source has the invalid value 'guess'"},
        {"/gpus/0/index", -1, "gpus[0].index is no whole number of its range"},
        {"/gpus/0/minor", 1.5, "gpus[0].minor is no whole number of its range"},
        {"/gpus/0/mig_mode", 0, "gpus[0].mig_mode is neither true nor false"},
        {"/libraries/1/capability", "sound", "libraries[1].capability has the invalid value"},
        {"/libraries/0/links/0/target", "", "libraries[0].links[0].target has the invalid value"},
        {"/firmware/0", std::string("/a\0b", 4), "firmware[0] has the invalid value"},
        {"/control_nodes", Json::object(), "control_nodes is no list"},
        {"/mig_config", "none", "mig_config is no object"},
    };
    for (const Change& change : cases) {
        Json changed = whole;
        changed[Json::json_pointer(change.place)] = change.value;
        try {
            inventoryFromText(changed.dump(), "FILE");
            ADD_FAILURE() << change.place;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("FILE is no inventory: ")) << change.place;
            EXPECT_THAT(error.what(), HasSubstr(change.said)) << change.place;
        }
    }
    for (const auto& [name, value] : whole.items()) {
        Json without = whole;
        without.erase(name);
        EXPECT_THROW(inventoryFromText(without.dump(), "FILE"), host::Error) << name;
    }
    EXPECT_THROW(inventoryFromText("", "FILE"), host::Error);
}

TEST(InventoryFile, AppearsWithItsDirectory) {
    const tests::Directory run;
    const auto file = inventoryFile(run.path());
    EXPECT_EQ(file, run.path() / "driverctl/inventory.json");
    EXPECT_FALSE(readInventory(file));
    run.write("driverctl/inventory.json", inventoryToText(tests::sampleInventory()));
    ASSERT_TRUE(readInventory(file));
    EXPECT_EQ(readInventory(file)->driverVersion, "535.261.03");
    run.write("driverctl/inventory.json", "{}");
    EXPECT_THROW(readInventory(file), host::Error);
}

TEST(InventoryFile, IsOfOneBoot) {
    const tests::Directory node;
    node.write("sys/kernel/random/boot_id", "this\n");
    Inventory inventory;
    inventory.bootId = "this";
    EXPECT_TRUE(isOfThisBoot(inventory, {.proc = node.path()}));
    inventory.bootId = "another";
    EXPECT_FALSE(isOfThisBoot(inventory, {.proc = node.path()}));
}

} // namespace
} // namespace toolkit
