#include "toolkit/bundle/grant.h"

#include "host/base/error.h"
#include "tests/unit/toolkit/edits/sample.h"
#include "toolkit/edits/requested_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

NodeSupply supplyWith(const Inventory& inventory) {
    return {.config = {},
            .inventory = [=] { return inventory; },
            .hookProgram = [] { return "/opt/driverctl-hook"; },
            .lookup = [](const std::filesystem::path&) { return HostNode(); }};
}

NodeSupply supplyThatIsNotAsked() {
    return {.config = {},
            .inventory = []() -> Inventory { throw host::Error("the inventory was asked for"); },
            .hookProgram = []() -> std::filesystem::path { throw host::Error("the hook"); },
            .lookup = {}};
}

Grant granted(const Strings& env, const NodeSupply& supply) {
    return grantTo({.env = env, .boundingCapabilities = {}, .annotations = {}, .mounts = {}},
                   supply);
}

TEST(Grant, NothingIsAskedForAContainerWithoutARequest) {
    for (const Strings& env :
         {Strings(), Strings{"NVIDIA_VISIBLE_DEVICES="}, Strings{"NVIDIA_VISIBLE_DEVICES=void"}}) {
        const auto grant = granted(env, supplyThatIsNotAsked());
        EXPECT_FALSE(grant.edits);
        EXPECT_THAT(grant.warnings, IsEmpty());
    }
}

TEST(Grant, IsWhatTheRequestNames) {
    const auto inventory = tests::sampleInventory();
    struct Case {
        const char* visible;
        Strings devices; ///< of the same request by plain names
    };
    const Case cases[] = {
        {"0", {"0"}},
        {"nvidia.com/gpu=0", {"0"}},
        {"nvidia.com/gpu=1,nvidia.com/gpu=2:0", {"1", "2:0"}},
        {"all", {"all"}},
        {"nvidia.com/gpu=all", {"all"}},
        {"none", {}},
    };
    for (const auto& [visible, devices] : cases) {
        const auto grant =
            granted({std::string("NVIDIA_VISIBLE_DEVICES=") + visible}, supplyWith(inventory));
        const Request request = {.devices = devices,
                                 .capabilities = {Capability::Utility, Capability::Compute},
                                 .requirements = {},
                                 .imexChannels = {},
                                 .gated = {}};
        EXPECT_EQ(grant.edits, requestedEdits(inventory, request, "/opt/driverctl-hook"))
            << visible;
        EXPECT_THAT(grant.warnings, IsEmpty()) << visible;
    }
}

TEST(Grant, ReadsAnnotationsLikeTheEnvironment) {
    const auto grant = grantTo({.env = {},
                                .boundingCapabilities = {},
                                .annotations = {{"cdi.k8s.io/gpu", "nvidia.com/gpu=0"}},
                                .mounts = {}},
                               supplyWith(tests::sampleInventory()));
    EXPECT_TRUE(grant.edits);
}

TEST(Grant, Refusals) {
    Inventory noGpus = tests::sampleInventory();
    noGpus.gpus.clear();
    Inventory onlyMig = tests::sampleInventory();
    onlyMig.gpus = {onlyMig.gpus[2]};
    onlyMig.gpus[0].migs.clear();
    struct Case {
        Inventory inventory;
        Strings env;
        const char* what;
        const char* remedy;
    };
    const Case cases[] = {
        {{}, {"NVIDIA_VISIBLE_DEVICES=all"}, "no NVIDIA driver is loaded", "{command:init}"},
        {noGpus, {"NVIDIA_VISIBLE_DEVICES=all"}, "there is none that it could have", "MIG"},
        {onlyMig, {"NVIDIA_VISIBLE_DEVICES=all"}, "there is none that it could have", "MIG"},
        {noGpus, {"NVIDIA_VISIBLE_DEVICES=7"}, "there is no GPU or MIG device '7'", ""},
        {tests::sampleInventory(),
         {"NVIDIA_VISIBLE_DEVICES=vendor.com/net=eth0"},
         "the CDI device 'vendor.com/net=eth0', and only those of nvidia.com/gpu",
         "--device vendor.com/net=eth0"},
        {tests::sampleInventory(),
         {"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_REQUIRE_CUDA=cuda>=99.0"},
         "the image requires 'cuda>=99.0'",
         ""},
    };
    for (const auto& [inventory, env, what, remedy] : cases) {
        try {
            granted(env, supplyWith(inventory));
            ADD_FAILURE() << what;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(what));
            EXPECT_THAT(error.remedy(), HasSubstr(remedy));
        }
    }
}

TEST(Grant, WarnsOfWhatIsLeftOut) {
    const auto noDriver = granted({"NVIDIA_VISIBLE_DEVICES=none"}, supplyWith({}));
    EXPECT_FALSE(noDriver.edits);
    EXPECT_THAT(noDriver.warnings, ElementsAre(HasSubstr("this node has no driver")));

    const auto gated = granted({"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_GDS=enabled"},
                               supplyWith(tests::sampleInventory()));
    EXPECT_TRUE(gated.edits);
    EXPECT_THAT(gated.warnings, ElementsAre(HasSubstr("devices of other drivers")));

    NodeSupply supply = supplyThatIsNotAsked();
    supply.config.acceptEnvironmentUnprivileged = false;
    const auto unprivileged = granted({"NVIDIA_VISIBLE_DEVICES=0"}, supply);
    EXPECT_FALSE(unprivileged.edits);
    EXPECT_THAT(unprivileged.warnings, ElementsAre(HasSubstr("without CAP_SYS_ADMIN")));
}

} // namespace
} // namespace toolkit
