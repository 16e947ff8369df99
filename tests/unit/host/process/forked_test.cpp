#include "host/process/forked.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/process/signals.h"
#include "tests/unit/hanging_mount.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

namespace host {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string failureOf(const std::function<std::string()>& function,
                      std::chrono::milliseconds limit = 60s) {
    try {
        answerOfChild(function, limit);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Forked, BringsTheAnswerBack) {
    EXPECT_EQ(answerOfChild([] { return std::string("answer\0!", 8); }, 60s),
              std::string("answer\0!", 8));
    EXPECT_EQ(answerOfChild([] { return std::string(500'000, 'x'); }, 60s).size(), 500'000U);
    EXPECT_EQ(answerOfChild([] { return std::string(); }, 60s), "");
}

TEST(Forked, RunsElsewhere) {
    int here = 1;
    const std::string pid = answerOfChild(
        [&here] {
            here = 2;
            return std::to_string(::getpid());
        },
        60s);
    EXPECT_EQ(here, 1);
    EXPECT_NE(pid, std::to_string(::getpid()));
}

TEST(Forked, ItsOutputIsNobodys) {
    testing::internal::CaptureStdout();
    answerOfChild(
        [] {
            std::cout << "noise" << std::endl;
            return std::string();
        },
        60s);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(Forked, HasOnlyTheDescriptorsThatItIsGiven) {
    const Fd ours = openFile("/dev/null", O_RDONLY);
    const Fd given = openFile("/dev/null", O_RDONLY);
    const Fd last = openFile("/dev/null", O_RDONLY);
    const std::string open = answerOfChild(
        [&] {
            std::string found;
            for (const Fd* fd : {&ours, &given, &last}) {
                found += ::fcntl(fd->get(), F_GETFD) < 0 ? '-' : '+';
            }
            return found;
        },
        60s, {given.get()});
    EXPECT_EQ(open, "-+-");
}

TEST(Forked, ASignalThatAsksUsToEndIsNotDelayed) {
    SignalSet signals{SIGTERM};
    ::raise(SIGTERM);
    EXPECT_THAT(failureOf([] {
                    ::pause();
                    return std::string();
                }),
                HasSubstr("it was interrupted"));
    EXPECT_EQ(signals.next(0ms), SIGTERM) << "who waits for it gets it";
}

TEST(Forked, SaysHowItEnded) {
    EXPECT_THAT(failureOf([]() -> std::string { throw Error("no"); }), HasSubstr("exit code 1"));
    EXPECT_THAT(failureOf([] {
                    ::raise(SIGKILL);
                    return std::string();
                }),
                HasSubstr("signal 9"));
    EXPECT_THAT(failureOf([] { return std::string(2 << 20, 'x'); }), HasSubstr("did not answer"));
}

TEST(Forked, IsKilledAtTheLimit) {
    EXPECT_THAT(failureOf(
                    [] {
                        ::pause();
                        return std::string();
                    },
                    50ms),
                HasSubstr("within 1 s"));
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "it was reaped";
}

TEST(Forked, IsLeftWhereNothingEndsIt) {
    const tests::HangingMount mount;
    if (!mount) {
        GTEST_SKIP() << "needs root and FUSE";
    }
    EXPECT_THAT(
        failureOf([&mount] { return std::to_string(::access(mount.path().c_str(), F_OK)); }, 50ms),
        HasSubstr("within 1 s"));
}

} // namespace
} // namespace host
