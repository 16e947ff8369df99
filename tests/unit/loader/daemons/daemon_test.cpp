#include "loader/daemons/daemon.h"

#include "host/base/error.h"
#include "loader/daemons/supervisor.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace loader {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using namespace std::chrono_literals;

/// Daemons that are shell scripts; each of their processes writes its pid into the file "pids".
class DaemonTest : public testing::Test {
  protected:
    void SetUp() override { becomeSubreaper(); }
    void TearDown() override { reapChildren(); }

    DaemonSpec script(const std::string& text, std::chrono::milliseconds startLimit = 60s) const {
        const auto file = directory.write("daemon", "cd " + directory.path().string() + "\n" +
                                                        "note() { echo $$ >>pids; }\n" + text);
        return {.name = "test-daemon",
                .argv = {"sh", file},
                .pidFile = directory.path() / "run/pid",
                .startLimit = startLimit,
                .stopLimit = 1s};
    }
    Daemon daemon(const DaemonSpec& spec) const {
        return {spec, [](const std::string&) {}};
    }
    /// Of the processes that ran, those that still do.
    [[nodiscard]] std::vector<pid_t> running(std::size_t expected) const {
        std::vector<pid_t> all;
        for (int i = 0; i < 6000 && all.size() < expected; ++i) {
            std::this_thread::sleep_for(10ms);
            all.clear();
            std::ifstream pids(directory.path() / "pids");
            for (pid_t pid = 0; pids >> pid;) {
                all.push_back(pid);
            }
        }
        EXPECT_EQ(all.size(), expected);
        std::erase_if(all, [](pid_t pid) { return !host::identityOf(pid); });
        return all;
    }
    tests::Directory directory;
};

/// In a session of its own, with a parent that has ended: nothing but its environment tells.
constexpr const char* kBackground = R"(setsid sh -c '
    (echo $$ >>pids; exec sleep 1000) & wait' </dev/null >/dev/null 2>&1 &
)";

TEST_F(DaemonTest, NothingIsLeftOfOneThatMissesItsLimit) {
    Daemon late = daemon(script("(" + std::string(kBackground) + ") & wait; note; sleep 1000", 3s));
    EXPECT_THAT([&] { late.start(); }, ThrowsMessage<host::Error>(HasSubstr("was not ready")));
    EXPECT_EQ(running(2), std::vector<pid_t>{});
    EXPECT_EQ(late.pid(), -1);
}

TEST_F(DaemonTest, NothingIsLeftOfOneThatIgnoresTheSignal) {
    Daemon late = daemon(script("trap '' TERM; note; while :; do sleep 0.1; done", 1s));
    EXPECT_THAT([&] { late.start(); }, ThrowsMessage<host::Error>(HasSubstr("was not ready")));
    EXPECT_EQ(running(1), std::vector<pid_t>{});
}

TEST_F(DaemonTest, NothingIsLeftOfOneThatFails) {
    for (const std::string& end : {"exit 3", "exit 0", "echo 4194305 >run/pid"}) {
        std::filesystem::remove(directory.path() / "pids");
        Daemon fails = daemon(
            script(std::string(kBackground) + "until test -s pids; do sleep 0.01; done\n" + end));
        EXPECT_THROW(fails.start(), host::Error) << end;
        EXPECT_EQ(running(1), std::vector<pid_t>{}) << end;
    }
}

TEST_F(DaemonTest, APipeInPlaceOfThePidFileIsRefused) {
    Daemon fails = daemon(script("mkfifo run/pid"));
    EXPECT_THAT([&] { fails.start(); },
                ThrowsMessage<host::Error>(HasSubstr("run/pid is no regular file")));
}

/// A main process, which the pid file names, and a helper.
constexpr const char* kTwo = R"(
    setsid sh -c 'echo $$ >>pids; exec sleep 1000' </dev/null >/dev/null 2>&1 &
    setsid sh -c 'echo $$ >>pids; echo $$ >run/pid.new; mv run/pid.new run/pid; exec sleep 1001' \
        </dev/null >/dev/null 2>&1 &
    until test -e run/pid && test $(wc -l <pids) = 2; do sleep 0.01; done
)";

TEST_F(DaemonTest, StopEndsAllOfItsProcesses) {
    Daemon two = daemon(script(kTwo));
    two.start();
    EXPECT_EQ(running(2).size(), 2U);
    two.stop();
    EXPECT_EQ(running(2), std::vector<pid_t>{});
    two.stop();
}

TEST_F(DaemonTest, HelpersOfOneThatEndedAreGoneBeforeItIsStartedAgain) {
    Daemon two = daemon(script(kTwo));
    Daemon other = daemon(
        {.name = "other",
         .argv = {"sh", directory.write("other", "setsid sleep 1002 "
                                                 "</dev/null >/dev/null 2>&1 &\n"
                                                 "echo $! >" +
                                                     directory.path().string() + "/other.pid\n")},
         .pidFile = directory.path() / "other.pid"});
    two.start();
    other.start();
    ::kill(two.pid(), SIGKILL);
    two.ended();
    EXPECT_EQ(running(2), std::vector<pid_t>{});
    EXPECT_TRUE(host::identityOf(other.pid())) << "another daemon's processes are not touched";
    std::filesystem::remove(directory.path() / "pids");
    two.start();
    EXPECT_EQ(running(2).size(), 2U);
    two.stop();
    other.stop();
}

TEST_F(DaemonTest, OptionalOneThatIsLateIsLeftOutAsAWhole) {
    DaemonSpec late = script(std::string(kBackground) + "sleep 1000", 2s);
    late.required = false;
    std::string warned;
    Supervisor supervisor({late}, {.warn = [&](const std::string& line) { warned = line; }});
    supervisor.start();
    EXPECT_THAT(warned, HasSubstr("going on without it"));
    EXPECT_EQ(running(1), std::vector<pid_t>{});
    EXPECT_TRUE(supervisor.pids().empty());
}

} // namespace
} // namespace loader
