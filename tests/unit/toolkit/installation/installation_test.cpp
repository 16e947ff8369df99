#include "toolkit/installation/installation.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

namespace fs = std::filesystem;
using runtimes::Runtime;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kDocker = "etc/docker/daemon.json";
constexpr const char* kOwn = "{\n\t\"debug\": true\n}\n";

/// A host in a directory, on which no daemon runs.
class InstallationTest : public testing::Test {
  protected:
    InstallationTest() {
        host.write("bin/driverctl-runtime", "runtime");
        host.write("bin/driverctl-hook", "hook");
        host.write(kDocker, kOwn);
    }
    [[nodiscard]] Installation of(std::optional<Runtime> runtime) const {
        InstallationPlan plan{.directory = directory,
                              .programFolders = {host.path() / "bin"},
                              .restart = RestartMode::None};
        if (runtime) {
            plan.runtime = runtimes::RuntimeSettings{.runtime = runtime};
        }
        return of(plan);
    }
    [[nodiscard]] Installation of(const InstallationPlan& plan) const {
        const runtimes::DaemonQuestions daemon{
            .version =
                [](Runtime) {
                    return runtimes::Version{2, 1};
                },
            .check = [this](const runtimes::Wish&) -> runtimes::DaemonCheck {
                return [this](const fs::path&, const std::string&) { return refusal; };
            }};
        return {plan, observer, daemon, runtimes::ConfigFiles(host.path())};
    }
    [[nodiscard]] bool isInstalled() const { return fs::exists(directory / "driverctl-runtime"); }
    [[nodiscard]] std::string docker() const { return host::readFile(host.path() / kDocker); }
    [[nodiscard]] std::string podman() const {
        return host::readFileIfExists(host.path() /
                                      "etc/containers/containers.conf.d/99-nvidia.conf")
            .value_or("");
    }

    tests::Directory host;
    fs::path directory = host.path() / "opt/toolkit";
    std::string refusal; ///< of each daemon
    std::vector<std::string> notes;
    std::vector<std::string> warnings;
    host::Observer observer{
        .note = [this](const std::string& text) { notes.push_back(text); },
        .warn = [this](const std::string& text) { warnings.push_back(text); },
        .forgive = [this](const host::Error& error) { warnings.emplace_back(error.what()); }};
};

TEST_F(InstallationTest, FilesAloneComeAndGo) {
    auto installation = of(std::nullopt);
    installation.putUp();
    EXPECT_TRUE(isInstalled());
    EXPECT_EQ(docker(), kOwn);
    installation.takeBack();
    EXPECT_FALSE(fs::exists(directory));
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(InstallationTest, ARuntimeIsConfiguredToStartThem) {
    auto installation = of(Runtime::Podman);
    installation.putUp();
    EXPECT_TRUE(isInstalled());
    EXPECT_THAT(podman(), HasSubstr((directory / "driverctl-runtime").string()));
    installation.putUp();
    installation.takeBack();
    EXPECT_EQ(podman(), "");
    EXPECT_FALSE(fs::exists(directory));
}

TEST_F(InstallationTest, TheDaemonIsAsked) {
    refusal = "unknown key";
    EXPECT_THROW(of(Runtime::Docker).putUp(), host::Error);
    EXPECT_EQ(docker(), kOwn);
    EXPECT_FALSE(isInstalled());
    refusal.clear();
    of(Runtime::Containerd).putUp();
    EXPECT_TRUE(fs::exists(host.path() / "etc/containerd/conf.d/99-nvidia.toml")) << "of 2.1";
}

TEST_F(InstallationTest, AHookIsWrittenInsteadOfARuntime) {
    InstallationPlan plan{.directory = directory,
                          .programFolders = {host.path() / "bin"},
                          .runtime = runtimes::RuntimeSettings{.runtime = Runtime::Crio},
                          .hooks = ""};
    const fs::path file = host.path() / "usr/share/containers/oci/hooks.d/oci-nvidia-hook.json";
    of(plan).putUp();
    EXPECT_THAT(host::readFile(file), HasSubstr((directory / "driverctl-hook").string()));
    EXPECT_FALSE(fs::exists(host.path() / "etc/crio"));
    of(std::nullopt).putUp(); // another one, that wants none
    EXPECT_FALSE(fs::exists(file));
    plan.hooks = "/etc/hooks";
    of(plan).putUp();
    EXPECT_TRUE(fs::exists(host.path() / "etc/hooks/oci-nvidia-hook.json"));
    of(std::nullopt).takeBack();
    EXPECT_FALSE(fs::exists(host.path() / "etc/hooks"));
    EXPECT_THAT(warnings, IsEmpty());
}

/// The next one finds what a killed one has done in the directory's record.
TEST_F(InstallationTest, AnotherProcessTakesItBack) {
    of(Runtime::Podman).putUp();
    of(std::nullopt).takeBack();
    EXPECT_EQ(podman(), "");
    EXPECT_FALSE(fs::exists(directory));
}

TEST_F(InstallationTest, ARuntimeThatIsNotWantedAnyMoreIsTakenBack) {
    of(Runtime::Docker).putUp();
    EXPECT_THAT(docker(), HasSubstr("driverctl-runtime"));
    of(Runtime::Podman).putUp();
    EXPECT_EQ(docker(), kOwn);
    EXPECT_THAT(podman(), HasSubstr("driverctl-runtime"));
    of(Runtime::Podman).takeBack();
    EXPECT_FALSE(fs::exists(directory));
}

TEST_F(InstallationTest, FilesThatADaemonMayStillStartStay) {
    auto installation = of(Runtime::Docker);
    installation.putUp();
    notes.clear();
    installation.takeBack();
    EXPECT_EQ(docker(), kOwn) << "byte for byte";
    EXPECT_TRUE(isInstalled());
    EXPECT_THAT(notes, ElementsAre(HasSubstr("systemctl reload docker"),
                                   directory.string() +
                                       " stays: a daemon that has not read its configuration yet "
                                       "starts what is in it"));
    installation.takeBack();
    EXPECT_FALSE(fs::exists(directory)) << "there is nobody any more";
}

TEST_F(InstallationTest, AConfigurationThatCannotBeChangedLeavesNothing) {
    host.write(kDocker, "{");
    EXPECT_THROW(of(Runtime::Docker).putUp(), host::Error);
    EXPECT_FALSE(fs::exists(directory));
    EXPECT_EQ(docker(), "{");
}

TEST_F(InstallationTest, WhatWasThereBeforeStaysWhenANewOneFails) {
    of(Runtime::Podman).putUp();
    host.write(kDocker, "{");
    EXPECT_THROW(of(Runtime::Docker).putUp(), host::Error);
    EXPECT_TRUE(isInstalled());
}

TEST_F(InstallationTest, AConfigurationThatCannotBeTakenBackKeepsTheFiles) {
    of(Runtime::Docker).putUp();
    host.write(kDocker, "{");
    try {
        of(Runtime::Docker).takeBack();
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr("the configuration stays, and so does " + directory.string()));
    }
    EXPECT_TRUE(isInstalled());
}

} // namespace
} // namespace toolkit
