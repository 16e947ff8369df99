#include "loader/daemons/daemon_processes.h"

#include "tests/unit/temporary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using namespace std::string_literals;

/// init (pid 7, start time 70) was killed between the start of its second daemon and its record.
TEST(RunningDaemons, AreAlsoThoseThatWereNotRecordedYet) {
    const struct {
        pid_t pid;
        unsigned startTime;
        std::string environment;
        bool isOurs;
    } processes[] = {
        {20, 200, "PATH=/bin\0"s, true},                                    // recorded
        {21, 999, "PATH=/bin\0"s, false},                                   // its pid's next holder
        {22, 201, "PATH=/bin\0DRIVERCTL_DAEMON=nv-fabric-7-70-2\0"s, true}, // the second
        {23, 202, "DRIVERCTL_DAEMON=nv-fabric-7-70-2\0"s, true},            // its child
        {24, 203, "DRIVERCTL_DAEMON=nv-fabric-7-700-2\0"s, false},          // another init's
        {25, 204, "X=DRIVERCTL_DAEMON=nv-fabric-7-70-2\0"s, false},
        {26, 205, "", false},
    };
    const tests::Directory proc;
    std::vector<pid_t> ours;
    for (const auto& it : processes) {
        const std::string directory = std::to_string(it.pid);
        proc.write(directory + "/stat",
                   fmt::format("{} (a) S 1 {} {} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {} 0", it.pid,
                               it.pid, it.pid, it.startTime));
        proc.write(directory + "/environ", it.environment);
        if (it.isOurs) {
            ours.push_back(it.pid);
        }
    }
    NodeState state;
    state.process = {7, 70};
    state.daemons = {{"nvidia-persistenced", {20, 200}, 0}, {"nv-old", {21, 210}, 0}};
    std::vector<pid_t> found;
    for (const auto& process : runningDaemons(state, proc.path())) {
        found.push_back(process.pid);
    }
    EXPECT_THAT(found, testing::UnorderedElementsAreArray(ours));
}

} // namespace
} // namespace loader
