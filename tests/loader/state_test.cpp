#include "loader/state.h"

#include "host/error.h"
#include "tests/temporary.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace loader {
namespace {

NodeState sample() {
    NodeState state;
    state.bootId = bootId();
    state.pid = ::getpid();
    state.startTime = startTimeOf(::getpid()).value();
    state.package = "/p.tar";
    state.phase = "ready";
    state.since = 5;
    state.steps = {{"load", 12}};
    return state;
}

TEST(State, RoundTripAndRemoval) {
    const tests::Directory run;
    EXPECT_FALSE(readState(run.path()));
    writeState(run.path(), sample());
    const auto state = readState(run.path());
    ASSERT_TRUE(state);
    EXPECT_EQ(state->package, "/p.tar");
    EXPECT_EQ(state->steps.at(0).milliseconds, 12);
    EXPECT_TRUE(isAlive(*state));
    removeState(run.path());
    EXPECT_FALSE(readState(run.path()));
}

TEST(State, AnotherBootOrProcessIsNotAlive) {
    NodeState state = sample();
    ++state.startTime;
    EXPECT_FALSE(isAlive(state));
    state = sample();
    state.bootId = "other";
    EXPECT_FALSE(isAlive(state));
    state = sample();
    state.pid = 999999999;
    EXPECT_FALSE(isAlive(state));
}

TEST(State, DamagedFileIsAnErrorThatNamesIt) {
    const tests::Directory run;
    for (const char* text : {"", "{}", "[1]", "{\"pid\":"}) {
        run.write("driverctl/state.json", text);
        EXPECT_THROW(readState(run.path()), host::Error) << text;
    }
}

} // namespace
} // namespace loader
