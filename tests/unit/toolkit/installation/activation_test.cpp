#include "toolkit/installation/activation.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

using runtimes::Runtime;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Where no daemon runs; tests/system/test_toolkit_install.py has real ones.
class ActivationTest : public testing::Test {
  protected:
    [[nodiscard]] Activation of(Runtime runtime, RestartMode mode) const {
        return {.runtime = runtime,
                .command = "systemctl restart it",
                .mode = mode,
                .socket = directory.path() / "socket"};
    }
    [[nodiscard]] host::Error failureOf(const Activation& activation) const {
        try {
            activate(activation, observer);
        } catch (const host::Error& error) {
            return error;
        }
        return host::Error("nothing failed");
    }

    tests::Directory directory;
    std::vector<std::string> notes;
    std::vector<std::string> warnings;
    host::Observer observer{.note = [this](const std::string& text) { notes.push_back(text); },
                            .forgive =
                                [this](const host::Error& error) {
                                    warnings.push_back(std::string(error.what()) + " | " +
                                                       error.remedy());
                                }};
};

TEST_F(ActivationTest, WhatIsLeftToPeopleIsSaid) {
    struct Case {
        Runtime runtime;
        RestartMode mode;
        const char* says;
    };
    for (const auto& [runtime, mode, says] : {
             Case{Runtime::Containerd, RestartMode::Auto,
                  "containerd learns of it when it reads its configuration again: run 'systemctl "
                  "restart it' on the host"},
             Case{Runtime::Crio, RestartMode::Auto,
                  "crio learns of it when it reads its configuration again: run 'systemctl restart "
                  "it' on the host"},
             Case{Runtime::Docker, RestartMode::None,
                  "docker learns of it when it reads its configuration again: run 'systemctl "
                  "restart it' on the host"},
         }) {
        notes.clear();
        EXPECT_FALSE(activate(of(runtime, mode), observer));
        EXPECT_THAT(notes, ElementsAre(says));
    }
    EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(ActivationTest, WithoutADaemonThereIsNothingToDo) {
    EXPECT_TRUE(activate({.runtime = Runtime::Podman, .mode = RestartMode::Signal}, observer));
    EXPECT_THAT(notes, IsEmpty());
}

TEST_F(ActivationTest, WhatNobodyAskedForIsAWarning) {
    const auto text = "docker cannot be told: cannot connect to " +
                      (directory.path() / "socket").string() + ": No such file or directory";
    const auto* const remedy =
        "Run 'systemctl restart it' on the host, or mount its socket into the container.";
    EXPECT_FALSE(activate(of(Runtime::Docker, RestartMode::Auto), observer));
    EXPECT_THAT(warnings, ElementsAre(text + " | " + remedy));
    const auto asked = failureOf(of(Runtime::Docker, RestartMode::Signal));
    EXPECT_EQ(asked.what(), text);
    EXPECT_EQ(asked.remedy(), remedy);
}

TEST_F(ActivationTest, AServiceIsRestartedInTheHostsRoot) {
    auto activation = of(Runtime::Containerd, RestartMode::Systemd);
    const auto unseen = failureOf(activation);
    EXPECT_STREQ(unseen.what(),
                 "'systemctl restart it' cannot be run: the host's root does not show here");
    activation.hostRoot = directory.path();
    EXPECT_THAT(failureOf(activation).what(), HasSubstr("systemctl")) << "which is not there";
}

TEST_F(ActivationTest, ADaemonThatDoesNotAnswerIsDoubtful) {
    const auto doubt = doubtOfDocker(of(Runtime::Docker, RestartMode::Auto), "nvidia");
    ASSERT_TRUE(doubt);
    EXPECT_THAT(doubt->what(), HasSubstr("cannot connect to"));
}

} // namespace
} // namespace toolkit
