#include "toolkit/hooks/stage_hooks.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"
#include "tests/unit/toolkit/edits/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What is mounted, and where: tests/system/test_stage_hooks.py.
namespace toolkit {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Stage {
    NodeSupply supply{
        .config = {},
        .inventory = tests::sampleInventory,
        .hookProgram = [] { return "/opt/driverctl-hook"; },
        .lookup = [](const std::filesystem::path&) { return HostNode{.major = 195}; }};
    Surroundings around{.runtime = Runtime::Unknown,
                        .isInUserNamespace = false,
                        .mayOpen = [](const std::filesystem::path&) { return true; }};
    tests::Directory bundle;
    std::vector<std::string> said;

    std::string precreated(const std::string& config) {
        return precreate(config, supply, around, observer());
    }
    void give(const char* config) {
        bundle.write("config.json", config);
        giveDriver({.bundle = bundle.path(), .root = {}, .pid = 0}, 1, supply, around, observer());
    }
    host::Observer observer() {
        return {.warn = [this](const std::string& text) { said.push_back(text); },
                .forgive = [this](const host::Error& error) { said.emplace_back(error.what()); }};
    }
};

constexpr const char* kWithoutGpu = R"({ "process": {"env": ["NVIDIA_VISIBLE_DEVICES=void"]}})";
constexpr const char* kUnknown = R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=17"]}})";

TEST(Precreate, LeavesEachByteOfAContainerWithoutARequest) {
    EXPECT_EQ(Stage().precreated(kWithoutGpu), kWithoutGpu);
}

TEST(Precreate, EditsAsTheRuntimeShim) {
    const auto text = Stage().precreated(R"({"process": {"env": ["NVIDIA_VISIBLE_DEVICES=0"]}})");
    EXPECT_THAT(text, HasSubstr("NVIDIA_VISIBLE_DEVICES=void"));
    EXPECT_THAT(text, HasSubstr("/opt/driverctl-hook"));
}

TEST(Precreate, FailsWhereARequestCannotBeGranted) {
    EXPECT_THROW(Stage().precreated(kUnknown), host::Error);
    EXPECT_THROW(Stage().precreated("{"), host::Error);
}

TEST(GiveDriver, LeavesAContainerWithoutARequestAlone) {
    Stage stage;
    stage.supply.inventory = []() -> Inventory { throw host::Error("nobody asks the node"); };
    stage.give(kWithoutGpu);
    EXPECT_THAT(stage.said, IsEmpty());
}

TEST(GiveDriver, FailsWhereARequestCannotBeGranted) {
    Stage stage;
    EXPECT_THROW(stage.give(kUnknown), host::Error);
    EXPECT_THROW(stage.give("{"), host::Error);
    EXPECT_THROW(giveDriver({.bundle = "/nowhere", .root = {}, .pid = 0}, 1, stage.supply,
                            stage.around, stage.observer()),
                 host::Error);
}

} // namespace
} // namespace toolkit
