#include "loader/checks/flavour_choice.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using precompile::Flavour;
using testing::HasSubstr;

TEST(FlavourChoice, OneGpuThatKnowsOnlyOneDecides) {
    const host::PciFunction turing{"t", 0x10de, 0x1eb8, 0x030200, ""};
    const host::PciFunction volta{"v", 0x10de, 0x1db4, 0x030200, ""};
    const host::PciFunction blackwell{"b", 0x10de, 0x2901, 0x030200, ""};
    EXPECT_EQ(chooseFlavour({turing}, "535.1", {}).flavour, Flavour::Proprietary);
    EXPECT_EQ(chooseFlavour({turing}, "560.1", {}).flavour, Flavour::Open);
    EXPECT_EQ(chooseFlavour({turing, volta}, "560.1", {}).flavour, Flavour::Proprietary);
    EXPECT_EQ(chooseFlavour({turing, blackwell}, "535.1", {}).flavour, Flavour::Open);
    EXPECT_EQ(chooseFlavour({}, "", {}).flavour, Flavour::Proprietary);
}

TEST(FlavourChoice, AllGpusOfTheDriversHaveToWorkWithIt) {
    const host::PciFunction turing{"t", 0x10de, 0x1eb8, 0x030200, "nvidia"};
    const host::PciFunction volta{"v", 0x10de, 0x1db4, 0x030200, "nouveau"};
    const host::PciFunction passedOn{"p", 0x10de, 0x1db4, 0x030200, "vfio-pci"};
    const struct {
        std::vector<host::PciFunction> functions;
        const char* driver;
        Flavour flavour;
        bool work;
    } cases[] = {
        {{turing, volta}, "580.1", Flavour::Proprietary, true},
        {{turing, volta}, "580.1", Flavour::Open, false},
        {{turing, volta}, "590.1", Flavour::Proprietary, false},
        {{turing, passedOn}, "590.1", Flavour::Open, true},
        {{}, "590.1", Flavour::Open, true},
    };
    for (const auto& it : cases) {
        EXPECT_EQ(workWith(it.functions, it.driver, it.flavour, {}), it.work)
            << it.driver << toString(it.flavour) << it.functions.size();
    }
}

/// HGX A100's switches have numbers below Turing's.
TEST(FlavourChoice, WhatTheDriverDoesNotDriveHasNoSay) {
    const host::PciFunction ampere{"a", 0x10de, 0x20b0, 0x030200, ""};
    const host::PciFunction nvswitch{"s", 0x10de, 0x1af1, 0x068000, ""};
    const host::PciFunction ofAVirtualMachine{"v", 0x10de, 0x1db4, 0x030200, "vfio-pci"};
    EXPECT_EQ(chooseFlavour({nvswitch, ampere}, "560.1", {}).flavour, Flavour::Open);
    EXPECT_EQ(chooseFlavour({ofAVirtualMachine, ampere}, "560.1", {}).flavour, Flavour::Open);
}

TEST(FlavourChoice, SelfHostedGpusNeedTheOpenModules) {
    const SupportedGpus wrong = {{0x2342, {.open = false, .proprietary = true}}};
    for (const int id : {0x2340, 0x2342, 0x237f, 0x2941, 0x31a1, 0x31c0, 0x31ff}) {
        const auto device = static_cast<std::uint16_t>(id);
        EXPECT_TRUE(flavourSupport(device, wrong).open) << device;
        EXPECT_FALSE(flavourSupport(device, wrong).proprietary) << device;
    }
    for (const int id : {0x2330, 0x233f, 0x2380}) {
        const auto device = static_cast<std::uint16_t>(id);
        EXPECT_TRUE(flavourSupport(device, {}).proprietary) << device;
    }
}

TEST(SupportedGpusFile, DecidesOverTheDeviceNumber) {
    const tests::Directory root;
    EXPECT_TRUE(readSupportedGpus("535.1", root.path()).empty());
    root.write("usr/share/nvidia/supported-gpus.json",
               R"({"chips": [{"devid": "0x1EB8", "features": ["kernelopen"]},
                             {"devid": "0x2684",
                              "features": ["kernelopen", "gsp_proprietary_supported"]},
                             {"devid": "0x2901", "features": ["dgx"]}, {"devid": "0x1DB4"}]})");
    const auto table = readSupportedGpus("535.1", root.path());
    EXPECT_FALSE(flavourSupport(0x1eb8, table).proprietary);
    EXPECT_TRUE(flavourSupport(0x2684, table).proprietary && flavourSupport(0x2684, table).open);
    EXPECT_FALSE(flavourSupport(0x2901, table).open);
    EXPECT_TRUE(flavourSupport(0x1db4, table).proprietary);
    EXPECT_TRUE(flavourSupport(0x2b85, table).open) << "not in the table";
}

TEST(SupportedGpusFile, UpTo555DoesNotSayWhatTheProprietaryModulesSupport) {
    const tests::Directory root;
    root.write("usr/src/nvidia-535.1/supported-gpus/supported-gpus.json",
               R"({"chips": [{"devid": "0x20B0", "features": ["hdmi4k60rgb444", "kernelopen"]},
                             {"devid": "0x2901", "features": ["kernelopen"]},
                             {"devid": "0x1DB4", "features": ["hdmi4k60rgb444"]}]})");
    const auto table = readSupportedGpus("535.1", root.path());
    EXPECT_TRUE(flavourSupport(0x20b0, table).proprietary && flavourSupport(0x20b0, table).open);
    EXPECT_TRUE(flavourSupport(0x1db4, table).proprietary && !flavourSupport(0x1db4, table).open);
    EXPECT_FALSE(flavourSupport(0x2901, table).proprietary) << "Blackwell never has them";
}

TEST(SupportedGpusFile, OneChipWithTheFeatureMakesItsAbsenceCount) {
    const tests::Directory root;
    root.write("usr/share/nvidia/supported-gpus.json",
               R"({"chips": [{"devid": "0x1DB4", "features": ["gsp_proprietary_supported"]},
                             {"devid": "0x20B0", "features": ["kernelopen"]}]})");
    const auto table = readSupportedGpus("610.1", root.path());
    EXPECT_FALSE(flavourSupport(0x20b0, table).proprietary);
}

TEST(SupportedGpusFile, DamagedOneIsAnErrorThatNamesIt) {
    for (const char* text :
         {"", "{}", "[]", R"({"chips": [{"devid": "x"}]})", R"({"chips": [{"devid": "0x12345"}]})",
          R"({"chips": 3})", R"({"chips": [], "chips": [{"devid": "0x1EB8"}]})"}) {
        const tests::Directory root;
        root.write("usr/share/nvidia/supported-gpus.json", text);
        EXPECT_THAT([&] { readSupportedGpus("535.1", root.path()); },
                    testing::ThrowsMessage<host::Error>(HasSubstr("supported-gpus.json")))
            << text;
    }
}

} // namespace
} // namespace loader
