#include "toolkit/installation/installation_plan.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using runtimes::Runtime;
using runtimes::RuntimeSettings;
using testing::HasSubstr;

TEST(InstallationPlan, IsWhatTheSettingsSay) {
    const auto plan = planFor({.socket = "/run/a.sock",
                               .config = "/etc/a.json",
                               .dropIn = "/etc/a.d/b.json",
                               .restart = RestartMode::None,
                               .pidFile = "/run/a.pid",
                               .files = {.acceptVolumeMounts = true}},
                              {.runtime = Runtime::Crio, .name = "gpu"}, "/opt/../opt/toolkit");
    EXPECT_EQ(plan.directory, "/opt/toolkit");
    EXPECT_EQ(plan.socket, "/run/a.sock");
    EXPECT_EQ(plan.runtimeConfig, "/etc/a.json");
    EXPECT_EQ(plan.dropIn, "/etc/a.d/b.json");
    EXPECT_EQ(plan.restart, RestartMode::None);
    EXPECT_EQ(plan.pidFile, "/run/a.pid");
    EXPECT_TRUE(plan.config.acceptVolumeMounts);
    ASSERT_TRUE(plan.runtime);
    EXPECT_EQ(plan.runtime->runtime, Runtime::Crio);
    EXPECT_EQ(plan.runtime->name, "gpu");
    EXPECT_TRUE(planFor({}, {}, "toolkit").directory.is_absolute());
    EXPECT_FALSE(planFor({}, {.isNone = true}, "/opt").runtime);
    EXPECT_FALSE(planFor({}, {}, "/opt").hooks);
}

TEST(InstallationPlan, RuntimeArgsCountBeforeTheSettings) {
    const auto plan = planFor({.socket = "/run/a.sock",
                               .config = "/etc/a.json",
                               .restart = RestartMode::None,
                               .arguments = "--socket /run/b.sock --config=/etc/b.json "
                                            "--drop-in-config /etc/b.d/c --restart-mode signal "
                                            "--runtime-name b --set-as-default --enable-cdi=false"},
                              {.name = "a", .enableCdi = true}, "/opt");
    EXPECT_EQ(plan.socket, "/run/b.sock");
    EXPECT_EQ(plan.runtimeConfig, "/etc/b.json");
    EXPECT_EQ(plan.dropIn, "/etc/b.d/c");
    EXPECT_EQ(plan.restart, RestartMode::Signal);
    EXPECT_EQ(plan.runtime->name, "b");
    EXPECT_TRUE(plan.runtime->setAsDefault);
    EXPECT_FALSE(plan.runtime->enableCdi);
}

TEST(InstallationPlan, AHookInsteadOfARuntime) {
    const RuntimeSettings crio{.runtime = Runtime::Crio};
    EXPECT_EQ(planFor({.mode = ConfigMode::Hook}, crio, "/opt").hooks, "");
    EXPECT_EQ(planFor({.mode = ConfigMode::Hook, .hooks = "/h"}, crio, "/opt").hooks, "/h");
    EXPECT_EQ(planFor({.hooks = "/h"}, crio, "/opt").hooks, std::nullopt);
    EXPECT_EQ(planFor({.hooks = "/h", .arguments = "--config-mode=hook --hooks-dir /i"}, crio, "/o")
                  .hooks,
              "/i");
    EXPECT_EQ(
        planFor({.mode = ConfigMode::Hook, .arguments = "--config-mode=config"}, crio, "/o").hooks,
        std::nullopt);
}

struct Refused {
    InstallSettings install;
    RuntimeSettings runtime;
    const char* said;
};

TEST(InstallationPlan, WhatCannotBe) {
    const Refused cases[] = {
        {{.arguments = "--restart-mode reboot"}, {}, "'reboot'"},
        {{.arguments = "--config-mode cdi"}, {}, "'cdi'"},
        {{.mode = ConfigMode::Hook}, {.setAsDefault = true}, "cannot be the default one"},
        {{.mode = ConfigMode::Hook, .arguments = "--enable-cdi"}, {}, "cannot let it read CDI"},
    };
    for (const auto& [install, runtime, said] : cases) {
        try {
            planFor(install, runtime, "/opt");
            ADD_FAILURE() << said;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Usage);
            EXPECT_THAT(error.what(), HasSubstr(said));
        }
    }
}

TEST(InstallationPlan, DockersOwnVariableIsADirectoryAndNoFileOfTheDaemon) {
    const tests::Directory home;
    EXPECT_EQ(planFor({.config = home.path()}, {}, "/opt").runtimeConfig, "");
}

} // namespace
} // namespace toolkit
