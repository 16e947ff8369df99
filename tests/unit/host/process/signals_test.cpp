#include "host/process/signals.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace host {
namespace {

using namespace std::chrono_literals;

TEST(SignalSet, HoldsSignalsUntilTheyAreTaken) {
    SignalSet signals{SIGUSR1, SIGUSR2};
    EXPECT_EQ(signals.next(0ms), std::nullopt);
    EXPECT_NO_THROW(signals.throwIfPending());
    ::kill(::getpid(), SIGUSR2);
    pollfd poll{signals.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&poll, 1, 0), 1);
    EXPECT_EQ(signals.next(0ms), SIGUSR2);
    EXPECT_EQ(signals.next(0ms), std::nullopt);
}

TEST(SignalSet, PendingOneIsThrown) {
    SignalSet signals{SIGUSR1};
    ::kill(::getpid(), SIGUSR1);
    EXPECT_THAT([&] { signals.throwIfPending(); },
                testing::Throws<Interrupted>(testing::Property(&Interrupted::number, SIGUSR1)));
    EXPECT_NO_THROW(signals.throwIfPending()) << "it was taken";
}

/// As for a program that nohup(1) starts, or a shell in the background.
TEST(SignalSet, LeavesWhatIsIgnoredIgnored) {
    ::signal(SIGHUP, SIG_IGN);
    {
        SignalSet signals{SIGHUP, SIGUSR1};
        ::raise(SIGHUP);
        ::raise(SIGUSR1);
        EXPECT_EQ(signals.next(std::chrono::milliseconds(0)), SIGUSR1);
        EXPECT_EQ(signals.next(std::chrono::milliseconds(0)), std::nullopt);
    }
    ::signal(SIGHUP, SIG_DFL);
}

TEST(InterruptedBy, ThrowsWhatIsPending) {
    EXPECT_FALSE(interruptedBy(nullptr));
    SignalSet signals{SIGUSR1};
    const auto ask = interruptedBy(&signals);
    EXPECT_NO_THROW(ask());
    ::kill(::getpid(), SIGUSR1);
    EXPECT_THROW(ask(), Interrupted);
}

} // namespace
} // namespace host
