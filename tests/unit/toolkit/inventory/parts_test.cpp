#include "toolkit/inventory/parts.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/edits/sample.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

TEST(Parts, AGpusNodeIsThatOfItsMinorWhereItIsThere) {
    auto inventory = tests::sampleInventory();
    EXPECT_EQ(gpuNode(inventory, inventory.gpus[0]), "/dev/nvidia1");
    inventory.gpuNodes = {"/dev/nvidia0"};
    EXPECT_EQ(gpuNode(inventory, inventory.gpus[0]), std::nullopt);
    inventory.gpus[1].minor.reset();
    EXPECT_EQ(gpuNode(inventory, inventory.gpus[1]), std::nullopt);
}

TEST(Parts, AMigDeviceIsReachedByItsOwnInstances) {
    const auto inventory = tests::sampleInventory();
    const auto& gpu = inventory.gpus[2];
    EXPECT_EQ(migAccess(inventory, gpu, gpu.migs[1])->gpuInstance.node,
              "/dev/nvidia-caps/nvidia-cap5");
    EXPECT_EQ(migAccess(inventory, gpu, {.index = 2}), nullptr);
    EXPECT_EQ(migAccess(inventory, inventory.gpus[0], gpu.migs[1]), nullptr);
}

TEST(Parts, AnUnknownImexChannelIsRefusedWithThoseThatAreThere) {
    EXPECT_EQ(imexChannel(tests::sampleInventory(), "3"),
              "/dev/nvidia-caps-imex-channels/channel3");
    const std::pair<Inventory, const char*> cases[] = {
        {tests::sampleInventory(), "there is no IMEX channel '9': there are channel0, channel3"},
        {{}, "there is no IMEX channel '9': there is none at all"},
    };
    for (const auto& [inventory, refusal] : cases) {
        try {
            imexChannel(inventory, "9");
            ADD_FAILURE() << refusal;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_STREQ(error.what(), refusal);
        }
    }
}

/// What is known to be the same for both, and where containers get more than NVIDIA's program
/// lists.
TEST(Parts, ContainersGetMoreThanIsListed) {
    const auto library = [](std::optional<Capability> capability, bool is32Bit = false) {
        return Library{{"/usr/lib/a.so", capability}, is32Bit, {}};
    };
    struct Case {
        const char* what;
        Capabilities capabilities;
        bool (*has)(const Share&, const Library&);
        Library library;
        bool isListed;
        bool isGiven;
    };
    const auto hasFile = [](const Share& share, const Library& file) {
        return share.hasFile(file);
    };
    const auto hasModeset = [](const Share& share, const Library&) {
        return share.hasNode("/dev/nvidia-modeset");
    };
    const auto hasUvm = [](const Share& share, const Library&) {
        return share.hasNode("/dev/nvidia-uvm-tools");
    };
    const Case cases[] = {
        {"modeset, display", {Capability::Display}, hasModeset, {}, true, true},
        {"modeset, graphics", {Capability::Graphics}, hasModeset, {}, false, true},
        {"modeset, compute", {Capability::Compute}, hasModeset, {}, false, false},
        {"uvm, video", {Capability::Video}, hasUvm, {}, true, true},
        {"uvm, utility", {Capability::Utility}, hasUvm, {}, false, false},
        {"no capability", {}, hasFile, library({}), false, true},
        {"video's, compute",
         {Capability::Compute},
         hasFile,
         library(Capability::Video),
         false,
         false},
        {"compute's, video",
         {Capability::Video},
         hasFile,
         library(Capability::Compute),
         true,
         true},
        {"32-bit",
         {Capability::Compute},
         hasFile,
         library(Capability::Compute, true),
         false,
         false},
        {"32-bit, compat32",
         {Capability::Compute, Capability::Compat32},
         hasFile,
         library(Capability::Compute, true),
         true,
         true},
    };
    for (const Case& test : cases) {
        EXPECT_EQ(test.has(Share(test.capabilities, Recipient::List), test.library), test.isListed)
            << test.what;
        EXPECT_EQ(test.has(Share(test.capabilities, Recipient::Container), test.library),
                  test.isGiven)
            << test.what;
    }
}

} // namespace
} // namespace toolkit
