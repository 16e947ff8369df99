#include "driverctl/toolkit_installer.h"

#include "driverctl/commands/all.h"
#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace driverctl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ToolkitInstallerTest : public testing::Test {
  protected:
    ToolkitInstallerTest() {
        host.write("bin/driverctl-runtime", "runtime");
        host.write("bin/driverctl-hook", "hook");
    }
    tests::Directory host;
    host::Observer observer;
    toolkit::InstallationPlan plan{.directory = host.path() / "opt",
                                   .programFolders = {host.path() / "bin"},
                                   .pidFile = host.path() / "run/toolkit.pid"};
    fs::path program = plan.directory / "driverctl-runtime";
};

TEST_F(ToolkitInstallerTest, OneProcessAtATimeInstalls) {
    ToolkitInstaller first(plan, observer);
    first.putUp();
    EXPECT_TRUE(fs::exists(program));
    {
        ToolkitInstaller second(plan, observer);
        try {
            second.putUp();
            FAIL();
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::AlreadyRunning);
            EXPECT_THAT(error.what(), HasSubstr("another instance installs the container toolkit"));
        }
        second.takeBack();
        EXPECT_TRUE(fs::exists(program)) << "what is not its own stays";
    }
    first.takeBack();
    EXPECT_FALSE(fs::exists(program));
    EXPECT_FALSE(fs::exists(plan.pidFile));
}

TEST_F(ToolkitInstallerTest, WhatAnEndedInitHasLeftIsTakenBackUnlessItIsWantedAgain) {
    ToolkitInstaller(plan, observer).putUp();
    loader::NodeState last;
    takeToolkitBack(last, observer);
    last.toolkit = plan.directory;
    takeToolkitBack(last, observer, plan.directory);
    EXPECT_TRUE(fs::exists(program));
    takeToolkitBack(last, observer, "/elsewhere");
    EXPECT_FALSE(fs::exists(program));
}

TEST_F(ToolkitInstallerTest, ThePlanIsWhatTheSettingsSay) {
    Options options;
    options.install.socket = "/run/a.sock";
    options.runtime.name = "gpu";
    // /proc is nobody else's, wherever the tests run.
    const auto made = installationPlan(Settings(options, kToolkitInstall), "/proc/self");
    EXPECT_EQ(made.directory, "/proc/self");
    EXPECT_EQ(made.socket, "/run/a.sock");
    EXPECT_EQ(made.runtime->name, "gpu");
    EXPECT_EQ(made.programFolders, toolkit::programFolders());
}

} // namespace
} // namespace driverctl
