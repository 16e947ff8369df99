#include "host/process/process.h"

#include "host/base/error.h"
#include "host/base/memory_file.h"
#include "host/process/signals.h"
#include "tests/unit/hanging_mount.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace host {
namespace {

using testing::HasSubstr;

TEST(Run, CollectsBothStreamsAndTheExitCode) {
    const Output output =
        run({.argv = {"sh", "-c", "echo out; echo err >&2; printf last; exit 3"}});
    EXPECT_EQ(output.status.code, 3);
    EXPECT_FALSE(output.status.success());
    EXPECT_EQ(output.text, "out\nerr\nlast\n");
}

TEST(Run, ProgramThatIsNotThereIsAnErrorThatNamesIt) {
    try {
        run({.argv = {"/does/not/exist"}});
        FAIL();
    } catch (const SystemError& error) {
        EXPECT_STREQ(error.what(), "cannot run /does/not/exist: No such file or directory");
    }
}

TEST(Run, WorkingDirectoryThatIsNotThereIsAnError) {
    EXPECT_THAT([] { run({.argv = {"true"}, .workingDirectory = "/does/not/exist"}); },
                testing::ThrowsMessage<SystemError>(HasSubstr("change the working directory")));
}

TEST(Run, EnvironmentIsExactlyWhatIsGiven) {
    EXPECT_EQ(run({.argv = {"/usr/bin/env"}, .environment = {{"A=1", "B=x y"}}}).text,
              "A=1\nB=x y\n");
}

TEST(Run, EnvironmentIsAddedTo) {
    EXPECT_EQ(
        run({.argv = {"/usr/bin/env"}, .environment = {{"A=1"}}, .moreEnvironment = {"B=2"}}).text,
        "A=1\nB=2\n");
    const std::string text = run({.argv = {"/usr/bin/env"}, .moreEnvironment = {"B=2"}}).text;
    EXPECT_THAT(text, HasSubstr("PATH="));
    EXPECT_THAT(text, HasSubstr("\nB=2\n"));
}

TEST(Run, ChildHasNoInputAndNoForeignDescriptor) {
    const Fd mine = memoryFile("mine");
    const Output output = run({.argv = {"sh", "-c", "cat; ls /proc/self/fd | wc -l"}});
    EXPECT_EQ(output.text, "4\n"); // 0, 1, 2 and ls' own directory
}

TEST(Run, SignalMaskOfTheChildIsEmpty) {
    const SignalSet blocked{SIGTERM};
    const Output output = run({.argv = {"sh", "-c", "kill -TERM $$; sleep 10"}});
    EXPECT_EQ(output.status.signal, SIGTERM);
    EXPECT_EQ(output.status.describe(), "signal 15 (Terminated)");
}

TEST(RunChecked, FailureShowsTheLastWords) {
    EXPECT_THAT(
        [] {
            runChecked({.argv = {"sh", "-c", "echo no such device; exit 2"}});
        },
        testing::ThrowsMessage<Error>(
            testing::AllOf(HasSubstr("exit code 2"), HasSubstr("no such device"))));
}

TEST(ProcessWait, SignalEndsTheProcessAndIsThrown) {
    SignalSet stop{SIGUSR1};
    Process process({.argv = {"sleep", "100"}});
    const auto watched = PidFd::open(process.pid());
    ::kill(::getpid(), SIGUSR1);
    EXPECT_THAT([&] { process.wait(&stop); },
                testing::Throws<Interrupted>(testing::Property(&Interrupted::number, SIGUSR1)));
    EXPECT_TRUE(watched->endsWithin(std::chrono::milliseconds(0)));
}

TEST(ProcessWaitFor, ReturnsNothingWhileItRuns) {
    Process process({.argv = {"sleep", "100"}});
    EXPECT_EQ(process.waitFor(std::chrono::milliseconds(10)), std::nullopt);
    process.signal(SIGKILL);
    EXPECT_EQ(process.wait().signal, SIGKILL);
}

TEST(ProcessDestructor, KillsTheChild) {
    pid_t pid = 0;
    {
        const Process process({.argv = {"sleep", "100"}});
        pid = process.pid();
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ProcessDestructor, LeavesAChildThatNothingEnds) {
    const tests::HangingMount mount;
    if (!mount) {
        GTEST_SKIP() << "needs root and FUSE";
    }
    Process process({.argv = {"stat", mount.path().string()}});
    EXPECT_EQ(process.waitFor(std::chrono::milliseconds(200)), std::nullopt);
    // The destructor returns: else nothing but the test's limit would end it.
}

/// Those that only wait for it have none either: who reads from a pipe sees its end.
TEST(OwnProcesses, HaveNoForeignDescriptor) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root, for namespaces";
    }
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd read(ends[0]);
    Fd write(ends[1]);
    const Process process({.argv = {"sleep", "100"}, .ownProcesses = true});
    write.reset();
    constexpr int kMilliseconds = 10'000;
    pollfd polled{read.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&polled, 1, kMilliseconds), 1);
}

TEST(ProcessOutput, GoesToTheGivenDescriptor) {
    const Fd file = memoryFile("out");
    std::string said;
    const auto status = Process({.argv = {"sh", "-c", "echo data; echo talk >&2"},
                                 .output = file.get(),
                                 .onLine = [&](std::string_view line) { said += line; }})
                            .wait();
    EXPECT_TRUE(status.success());
    EXPECT_EQ(said, "talk");
    char data[16] = {};
    EXPECT_EQ(::pread(file.get(), data, sizeof data, 0), 5);
}

TEST(ProcessWaitFor, ReturnsInTimeFromAProcessThatNeverPauses) {
    // Slower than the child writes, so that there always is something to read.
    Process process({.argv = {"yes"}, .onLine = [lines = 0](std::string_view) mutable {
                         if (++lines % 1000 == 0) {
                             ::usleep(1000);
                         }
                     }});
    EXPECT_EQ(process.waitFor(std::chrono::milliseconds(50)), std::nullopt);
}

TEST(ProcessOutput, LastWordsAreHeardWhileADescendantHoldsThePipe) {
    const Output output = run({.argv = {"sh", "-c", "sleep 3 & printf last"}});
    EXPECT_EQ(output.text, "last\n");
}

TEST(ProcessMove, KeepsHowItEnded) {
    Process process({.argv = {"sh", "-c", "exit 3"}});
    process.wait();
    EXPECT_EQ(Process(std::move(process)).wait().code, 3);
}

} // namespace
} // namespace host
