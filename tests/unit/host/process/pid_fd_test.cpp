#include "host/process/pid_fd.h"

#include "host/base/error.h"
#include "host/process/process.h"

#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

namespace host {
namespace {

using namespace std::chrono_literals;

TEST(PidFd, NumberThatIsNobodysIsNothing) {
    Process process({.argv = {"true"}});
    const pid_t pid = process.pid();
    process.wait();
    EXPECT_FALSE(PidFd::open(pid));
}

TEST(PidFd, NumberThatCannotBeOneIsAnError) {
    EXPECT_THROW(PidFd::open(-1), SystemError);
}

TEST(PidFd, EndsWithinTellsAProcessThatRunsFromOneThatEnded) {
    Process process({.argv = {"sleep", "100"}});
    const auto watched = PidFd::open(process.pid());
    ASSERT_TRUE(watched);
    EXPECT_FALSE(watched->endsWithin(10ms));
    watched->signal(SIGTERM);
    EXPECT_TRUE(watched->endsWithin(60s));
    EXPECT_EQ(process.wait().signal, SIGTERM);
}

TEST(PidFd, StaysTheProcessThatEnded) {
    Process process({.argv = {"true"}});
    const auto watched = PidFd::open(process.pid());
    process.wait();
    ASSERT_TRUE(watched);
    EXPECT_TRUE(watched->endsWithin(0ms));
    EXPECT_NO_THROW(watched->signal(SIGKILL)) << "whose number it was may be another's now";
}

TEST(PidFd, NoProcessTakesNoSignalAndNeverEnds) {
    const PidFd none;
    EXPECT_FALSE(none);
    EXPECT_THROW(none.signal(0), SystemError);
    EXPECT_FALSE(none.endsWithin(0ms));
}

} // namespace
} // namespace host
