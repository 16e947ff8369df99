#include "loader/state.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace loader {
namespace {

NodeState sample() {
    NodeState state;
    state.bootId = host::bootId();
    state.process = host::identityOf(::getpid()).value();
    state.package = "/p.tar";
    state.phase = Phase::Ready;
    state.since = 5;
    state.modules = {{"nvidia", "NVreg_A=1"}};
    state.daemons = {{"nvidia-persistenced", {7, 8}, 2}};
    state.nodes = {"/dev/nvidiactl"};
    state.madeNodes = {"/dev/nvidiactl", "/dev/char/195:255"};
    state.containerFiles = {"/var/run/cdi/nvidia.json"};
    state.toolkit = "/opt/toolkit";
    state.steps = {{"load", 1000, 12, "caf\xe9: not UTF-8"}};
    return state;
}

TEST(State, RoundTripAndRemoval) {
    const tests::Directory run;
    EXPECT_FALSE(readState(run.path()));
    writeState(host::systemNodeActions(), run.path(), sample());
    const auto state = readState(run.path());
    ASSERT_TRUE(state);
    EXPECT_EQ(state->package, "/p.tar");
    EXPECT_EQ(state->phase, Phase::Ready);
    EXPECT_EQ(state->modules.at(0).parameters, "NVreg_A=1");
    EXPECT_EQ(state->daemons.at(0).process.startTime, 8U);
    EXPECT_EQ(state->nodes.at(0), "/dev/nvidiactl");
    EXPECT_EQ(state->madeNodes.at(1), "/dev/char/195:255");
    EXPECT_EQ(state->containerFiles.at(0), "/var/run/cdi/nvidia.json");
    EXPECT_EQ(state->toolkit, "/opt/toolkit");
    EXPECT_EQ(state->steps.at(0).milliseconds, 12);
    EXPECT_TRUE(isAlive(*state));
    removeState(host::systemNodeActions(), run.path());
    EXPECT_FALSE(readState(run.path()));
}

TEST(State, RecordsOfEarlierReleasesAreRead) {
    const tests::Directory run;
    writeState(host::systemNodeActions(), run.path(), sample());
    std::string text = host::readFile(stateFile(run.path()));
    for (const char* field : {"  \"made_nodes\"", "  \"container_files\""}) {
        const auto at = text.find(field);
        text.erase(at, text.find("],\n", at) + 3 - at);
    }
    const auto at = text.find("  \"toolkit\"");
    text.erase(at, text.find('\n', at) + 1 - at);
    run.write("driverctl/state.json", text);
    EXPECT_EQ(readState(run.path())->package, "/p.tar");
    EXPECT_TRUE(readState(run.path())->madeNodes.empty());
    EXPECT_TRUE(readState(run.path())->containerFiles.empty());
    EXPECT_TRUE(readState(run.path())->toolkit.empty());
}

TEST(State, AnotherBootOrProcessIsNotAlive) {
    NodeState state = sample();
    ++state.process.startTime;
    EXPECT_FALSE(isAlive(state));
    state = sample();
    state.bootId = "other";
    EXPECT_FALSE(isAlive(state));
    state = sample();
    state.process.pid = 999999999;
    EXPECT_FALSE(isAlive(state));
}

TEST(State, DamagedFileIsAnErrorThatNamesIt) {
    const tests::Directory run;
    for (const char* text : {"", "{}", "[1]", "{\"pid\":", R"({"format": 1})"}) {
        run.write("driverctl/state.json", text);
        EXPECT_THROW(readState(run.path()), host::Error) << text;
    }
}

TEST(State, APipeInItsPlaceIsRefused) {
    const tests::Directory run;
    const auto pipe = stateFile(run.path());
    std::filesystem::create_directories(pipe.parent_path());
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT([&] { readState(run.path()); },
                testing::ThrowsMessage<host::Error>(pipe.string() + " is no regular file"));
}

TEST(State, NumberThatIsNoneIsDamage) {
    const tests::Directory run;
    writeState(host::systemNodeActions(), run.path(), sample());
    const std::string good = host::readFile(stateFile(run.path()));
    const auto at = good.find("\"start_time\": ") + 14;
    for (const char* number : {"1e45", "-1", "1.5", "\"7\""}) {
        std::string text = good;
        text.replace(at, text.find('\n', at) - at, number);
        run.write("driverctl/state.json", text);
        EXPECT_THAT([&] { readState(run.path()); },
                    testing::ThrowsMessage<host::Error>(
                        testing::HasSubstr("is damaged: process.start_time is no whole number")))
            << number;
    }
}

} // namespace
} // namespace loader
