#include "host/process/process_identity.h"

#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

namespace host {
namespace {

/// "(name) S parent … start time": the start time is field 22 (proc(5)).
std::string statLine(pid_t pid, const std::string& name, char status, const std::string& start) {
    std::string line = std::to_string(pid) + " (" + name + ") " + status;
    for (int field = 4; field < 22; ++field) {
        line += " 0";
    }
    return line + " " + start + " 0\n";
}

TEST(ProcessIdentity, IsReadFromTheStatOfItsPid) {
    struct Case {
        const char* what;
        std::string stat;
        std::optional<std::uint64_t> startTime;
    };
    const Case cases[] = {
        {"a plain one", statLine(7, "sh", 'S', "4711"), 4711U},
        {"a name that looks like the rest", statLine(7, "a) Z 1 (b", 'S', "4711"), 4711U},
        {"a zombie", statLine(7, "sh", 'Z', "4711"), std::nullopt},
        {"one that is dead", statLine(7, "sh", 'X', "4711"), std::nullopt},
        {"too few fields", "7 (sh) S 1 1\n", std::nullopt},
        {"nothing", "", std::nullopt},
    };
    for (const auto& [what, stat, startTime] : cases) {
        const tests::Directory proc;
        proc.write("7/stat", stat);
        const auto identity = identityOf(7, proc.path());
        EXPECT_EQ(identity ? std::optional(identity->startTime) : std::nullopt, startTime) << what;
        EXPECT_FALSE(identityOf(8, proc.path())) << what;
        EXPECT_FALSE(isRunning({.pid = 7, .startTime = 1}, proc.path())) << what;
        EXPECT_EQ(isRunning({.pid = 7, .startTime = 4711}, proc.path()), startTime.has_value());
    }
}

TEST(ProcessIdentity, HoldsTheVeryProcess) {
    Process sleeper({.argv = {"sleep", "1000"}});
    const auto identity = identityOf(sleeper.pid());
    ASSERT_TRUE(identity);
    auto held = hold(*identity);
    ASSERT_TRUE(held);
    EXPECT_FALSE(hold({.pid = identity->pid, .startTime = identity->startTime + 1}));
    EXPECT_FALSE(hold({}));
    held->signal(SIGKILL);
    EXPECT_TRUE(held->endsWithin(std::chrono::seconds(60)));
    EXPECT_FALSE(isRunning(*identity));
}

TEST(BootId, IsTheKernels) {
    const tests::Directory proc;
    EXPECT_EQ(bootId(proc.path()), "");
    proc.write("sys/kernel/random/boot_id", "0f1e\n");
    EXPECT_EQ(bootId(proc.path()), "0f1e");
}

} // namespace
} // namespace host
