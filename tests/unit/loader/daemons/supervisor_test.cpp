#include "loader/daemons/supervisor.h"

#include "host/base/error.h"
#include "host/process/signals.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

/// Daemons that are shell scripts: they write their pid file and go into the background.
class SupervisorTest : public testing::Test {
  protected:
    void SetUp() override { becomeSubreaper(); }
    void TearDown() override { reapChildren(); }

    [[nodiscard]] DaemonSpec daemon(const std::string& name, bool required = true,
                                    bool works = true) const {
        const auto pidFile = directory.path() / name / "pid";
        const auto script = directory.write(
            name + ".sh",
            works ? "sleep 1000 </dev/null >/dev/null 2>&1 &\necho $! >" + pidFile.string() + "\n"
                  : "echo no device; exit 1\n");
        return {.name = name,
                .argv = {"sh", script},
                .pidFile = pidFile,
                .required = required,
                .startLimit = 60s,
                .stopLimit = 1s};
    }
    Supervisor supervise(std::vector<DaemonSpec> specs) {
        return {std::move(specs),
                {.note = [this](const std::string& text) { notes.push_back(text); },
                 .warn = [this](const std::string& text) { warnings.push_back(text); }},
                &signals};
    }
    tests::Directory directory;
    std::vector<std::string> notes;
    std::vector<std::string> warnings;
    host::SignalSet signals{SIGUSR1};
};

TEST_F(SupervisorTest, StartsAllAndStopsAll) {
    Supervisor both = supervise({daemon("a"), daemon("b")});
    both.start();
    EXPECT_EQ(both.pids().size(), 2U);
    EXPECT_EQ(both.pollSet().size(), 2U);
    const auto described = both.describe();
    ASSERT_EQ(described.size(), 2U);
    EXPECT_EQ(described[0].name, "a");
    EXPECT_TRUE(host::isRunning(described[0].process));
    EXPECT_FALSE(both.tick());
    both.stop();
    EXPECT_THAT(both.pids(), IsEmpty());
    EXPECT_FALSE(host::isRunning(described[0].process));
}

TEST_F(SupervisorTest, WhatIsToRunOnceIsRunAfterTheFirstStart) {
    auto spec = daemon("a");
    const auto mark = (directory.path() / "mark").string();
    spec.onceStarted = {"sh", "-c", "echo run >>" + mark + "; echo no reset; exit 3"};
    Supervisor one = supervise({spec});
    one.start();
    EXPECT_EQ(host::readFile(mark), "run\n");
    EXPECT_THAT(warnings, ElementsAre(testing::AllOf(HasSubstr("exit code 3, after the start of a"),
                                                     HasSubstr("no reset"))));
    one.stop();
}

TEST_F(SupervisorTest, ModulesThatDoNotComeAreNamed) {
    auto spec = daemon("a");
    spec.modules = {"no_such_module"};
    spec.moduleLimit = 1ms;
    Supervisor one = supervise({spec});
    EXPECT_THAT([&] { one.start(); },
                testing::ThrowsMessage<host::Error>(HasSubstr("module no_such_module")));
    EXPECT_THAT(notes, ElementsAre("a: waiting for module no_such_module"));
}

TEST_F(SupervisorTest, SignalEndsTheWaitForModules) {
    auto spec = daemon("b");
    spec.modules = {"no_such_module"};
    Supervisor both = supervise({daemon("a"), spec});
    ::raise(SIGUSR1);
    EXPECT_THROW(both.start(), host::Interrupted);
    EXPECT_THAT(both.pids(), IsEmpty());
}

TEST_F(SupervisorTest, SignalEndsAStart) {
    auto spec = daemon("b");
    spec.argv = {"sh", "-c", "kill -USR1 $PPID; exec sleep 1000"};
    spec.startLimit = 1h;
    Supervisor both = supervise({daemon("a"), spec});
    EXPECT_THROW(both.start(), host::Interrupted);
    EXPECT_THAT(both.pids(), IsEmpty());
}

/// The signal may be refused, because somebody uses the driver.
TEST_F(SupervisorTest, WhatASignalKeptFromStartingAgainIsDueTheNextTime) {
    auto spec = daemon("a");
    const auto hangs = (directory.path() / "hangs").string();
    spec.argv = {"sh", "-c",
                 "if test -e '" + hangs +
                     "'; then kill -USR1 $PPID; exec sleep 1000; fi; exec sh " + spec.argv.back()};
    spec.startLimit = 1h;
    Supervisor both = supervise({spec, daemon("b")});
    both.start();
    both.stop();
    directory.write("hangs", "");
    EXPECT_THROW(both.resume(), host::Interrupted);
    std::filesystem::remove(hangs);
    EXPECT_TRUE(both.tick());
    EXPECT_EQ(both.pids().size(), 2U);
    both.stop();
}

TEST_F(SupervisorTest, RequiredOneThatDoesNotStartStopsTheOthers) {
    Supervisor both = supervise({daemon("a"), daemon("b", true, false)});
    EXPECT_THAT([&] { both.start(); },
                testing::ThrowsMessage<host::Error>(HasSubstr("b does not start")));
    EXPECT_THAT(both.pids(), IsEmpty());
    EXPECT_THAT(notes, ElementsAre("b: no device"));
}

TEST_F(SupervisorTest, OptionalOneThatDoesNotStartIsLeftOut) {
    Supervisor both = supervise({daemon("a", false, false), daemon("b")});
    both.start();
    EXPECT_EQ(both.pids().size(), 1U);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("going on without it")));
    both.stop();
}

TEST_F(SupervisorTest, OneThatEndsIsStartedAgain) {
    Supervisor one = supervise({daemon("a")});
    one.start();
    const pid_t first = *one.pids().begin();
    ::kill(first, SIGKILL);
    auto polls = one.pollSet();
    ASSERT_EQ(::poll(polls.data(), polls.size(), 20000), 1);
    EXPECT_TRUE(one.tick());
    EXPECT_THAT(warnings, ElementsAre("a has ended, it is started again in 1 s"));
    EXPECT_THAT(one.pids(), IsEmpty());
    for (int i = 0; i < 400 && one.pids().empty(); ++i) {
        ::poll(nullptr, 0, 50);
        one.tick();
    }
    ASSERT_EQ(one.pids().size(), 1U);
    EXPECT_NE(*one.pids().begin(), first);
    EXPECT_EQ(one.describe()[0].restarts, 1U);
    EXPECT_THAT(notes, ElementsAre("a runs again"));
    one.stop();
}

/// A refused stop: what does not come back is told beside the refusal, and never in its place.
TEST_F(SupervisorTest, StopIsTakenBackAsFarAsDaemonsStart) {
    const auto broken = directory.path() / "broken";
    DaemonSpec lame = daemon("lame");
    lame.argv = {"sh", "-c", "test -e '" + broken.string() + "' || exec sh " + lame.argv.back()};
    Supervisor all = supervise({lame, daemon("left out", false, false), daemon("sound")});
    all.start();
    warnings.clear();
    all.stop();
    directory.write("broken", "");
    all.resume();
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("lame does not start")));
    EXPECT_EQ(all.pids().size(), 1U);

    std::filesystem::remove(broken);
    for (int i = 0; i < 400 && all.pids().size() < 2; ++i) {
        ::poll(nullptr, 0, 50);
        all.tick();
    }
    EXPECT_EQ(all.pids().size(), 2U);
    all.stop();
}

} // namespace
} // namespace loader
