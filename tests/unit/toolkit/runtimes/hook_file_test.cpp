#include "toolkit/runtimes/hook_file.h"

#include "tests/unit/toolkit/runtimes/configured_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit::runtimes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kEtc = "/etc/containers/oci/hooks.d/oci-nvidia-hook.json";
constexpr const char* kUsr = "/usr/share/containers/oci/hooks.d/oci-nvidia-hook.json";

Plan planFor(const HookWish& wish, const tests::ConfiguredTree::Files& files = {}) {
    return planHook(wish, tests::ConfiguredTree(files).files());
}

TEST(HookFile, CallsOurHookByTheStagesName) {
    struct {
        const char* name;
        HookWish wish;
        const char* path;
        const char* program;
        std::vector<std::string> arguments;
        const char* stage;
    } const cases[] = {
        {"podman", {}, kEtc, "/usr/bin/driverctl", {"driverctl", "hook", "precreate"}, "precreate"},
        {"CRI-O",
         {.runtime = Runtime::Crio},
         kUsr,
         "/usr/bin/driverctl",
         {"driverctl", "hook", "prestart"},
         "prestart"},
        {"a user",
         {.rootless = true, .configHome = "/h/.config"},
         "/h/.config/containers/oci/hooks.d/oci-nvidia-hook.json",
         "/usr/bin/driverctl",
         {"driverctl", "hook", "precreate"},
         "precreate"},
        {"small program",
         {.stage = Stage::Prestart, .program = "/opt/driverctl-hook"},
         kEtc,
         "/opt/driverctl-hook",
         {"driverctl-hook", "prestart"},
         "prestart"},
        {"a file",
         {.directory = "/x/my.json"},
         "/x/my.json",
         "/usr/bin/driverctl",
         {"driverctl", "hook", "precreate"},
         "precreate"},
        {"Sarus",
         {.directory = "/opt/sarus/etc/hooks.d", .config = "/opt/sarus/etc/hook.toml"},
         "/opt/sarus/etc/hooks.d/oci-nvidia-hook.json",
         "/usr/bin/driverctl-hook",
         {"/usr/bin/driverctl-hook", "-config=/opt/sarus/etc/hook.toml", "prestart"},
         "prestart"},
    };
    for (const auto& [name, wish, path, program, arguments, stage] : cases) {
        SCOPED_TRACE(name);
        const Plan plan = planFor(wish);
        ASSERT_EQ(plan.files.size(), 1U);
        EXPECT_EQ(plan.files[0].path, path);
        const auto json =
            host::EditedDocument(host::DocumentFormat::Json, plan.files[0].after, "hook", "")
                .value();
        EXPECT_EQ(json.at("version"), "1.0.0");
        EXPECT_EQ(json.at("hook").at("path"), program);
        EXPECT_EQ(json.at("hook").at("args"), arguments);
        EXPECT_EQ(json.at("hook").at("env").size(), 1U);
        EXPECT_EQ(json.at("when"), nlohmann::json({{"always", true}}));
        EXPECT_EQ(json.at("stages"), nlohmann::json::array({stage}));
    }
}

TEST(HookFile, TellsWhichFileHidesWhich) {
    EXPECT_THAT(planFor({}, {{kUsr, "{}"}}).warnings,
                ElementsAre(HasSubstr(std::string(kUsr) + " is not read any more")));
    EXPECT_THAT(planFor({.runtime = Runtime::Crio}, {{kEtc, "{}"}}).warnings,
                ElementsAre(HasSubstr(std::string(kUsr) + " is not read: " + kEtc)));
    EXPECT_THAT(planFor({}).warnings, IsEmpty());
    EXPECT_THAT(planFor({.rootless = true}).warnings, ElementsAre(HasSubstr("--hooks-dir=")));
}

TEST(HookFile, StaysWhenItSaysTheSame) {
    const std::string ours = planFor({}).files[0].after;
    const std::string dense =
        host::EditedDocument(host::DocumentFormat::Json, ours, "hook", "").value().dump();
    EXPECT_EQ(planFor({}, {{kEtc, dense}}).files[0].after, dense);
    const Plan plan = planFor({}, {{kEtc, "{\"version\": \"1.0.0\"}"}});
    EXPECT_EQ(plan.files[0].after, ours);
    EXPECT_THAT(plan.replaced, ElementsAre(HasSubstr("another hook's")));
}

TEST(HookFile, IsRefusedWhereNobodyReadsIt) {
    struct {
        HookWish wish;
        const char* error;
    } const cases[] = {
        {{.runtime = Runtime::Docker}, "docker reads no files of hooks"},
        {{.runtime = Runtime::Containerd}, "containerd reads no files of hooks"},
        {{.runtime = Runtime::Crio, .stage = Stage::Precreate}, "CRI-O has no stage precreate"},
        {{.stage = Stage::Precreate, .config = "/etc/hook.toml"}, "no stage precreate"},
        {{.program = "driverctl-hook"}, "driverctl-hook is no absolute path"},
        {{.config = "hook.toml"}, "hook.toml is no absolute path"},
    };
    for (const auto& [wish, error] : cases) {
        EXPECT_THAT(tests::refusalOf([&, &wish = wish] { planFor(wish); }), HasSubstr(error));
    }
}

} // namespace
} // namespace toolkit::runtimes
