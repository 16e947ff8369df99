/// Builds are shells here: they log what an update would, and put its package into the store.
#include "precompile/matrix/builds.h"

#include "tests/unit/precompile/sample.h"

#include <csignal>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kRefused = 6;
constexpr int kUnverified = 8;

class BuildsTest : public testing::Test {
  protected:
    BuildsTest() {
        plan.identityOf = [](const Cell& cell) { return identityOf(cell); };
        plan.command = [this](const Cell& cell, unsigned threads) {
            started.push_back(fmt::format("{} with {}", cell.release, threads));
            return host::Command{.argv = {"sh", "-c", scripts.at(cell.release)}};
        };
        plan.onStart = [](const CellResult&) {};
        plan.onEnd = [this](const CellResult& result, std::size_t done, std::size_t total) {
            ended.push_back(fmt::format("{}/{} {} {}", done, total, result.cell.release,
                                        toString(result.state)));
        };
    }
    static PackageIdentity identityOf(const Cell& cell) {
        auto identity = tests::sampleIdentity();
        identity.target.osRelease = cell.release;
        identity.target.kernel = "";
        return identity;
    }
    /// A cell whose build is this script.
    void add(const std::string& release, const std::string& script) {
        results.push_back({.cell = {.release = release,
                                    .channel = "stable",
                                    .driver = "535.261.03",
                                    .flavour = Flavour::Proprietary}});
        scripts[release] = script;
    }
    /// Copies the release's package into the store.
    std::string build(const std::string& release) {
        auto identity = tests::sampleIdentity();
        identity.target.osRelease = release;
        const auto made = sample.write(identity, release + ".tar");
        const auto place = plan.store.directory() / identity.directoryName();
        return fmt::format("mkdir -p {0}; cp {1} {0}/{2}", place.string(), made.string(),
                           identity.fileName());
    }
    std::string failure(int code) {
        return fmt::format("echo 'error: of some program'; echo '{{\"level\":\"error\",\"message\":"
                           "\"No disk. Buy one.\",\"cause\":\"No disk\",\"remedy\":\"Buy one.\","
                           "\"exit_code\":{0}}}' >&2; exit {0}",
                           code);
    }

    tests::SamplePackage sample;
    std::map<std::string, std::string> scripts;
    std::vector<std::string> started;
    std::vector<std::string> ended;
    std::vector<CellResult> results;
    host::SignalSet signals{SIGUSR1};
    BuildPlan plan{.jobs = 1,
                   .threads = 4,
                   .keepGoing = false,
                   .store = Store(sample.directory.path() / "store"),
                   .logDirectory = sample.directory.path() / "logs",
                   .identityOf = {},
                   .command = {},
                   .refusedExitCode = kRefused,
                   .unverifiedExitCode = kUnverified,
                   .onStart = {},
                   .onEnd = {}};
};

TEST_F(BuildsTest, PackageInTheStoreIsWhatCounts) {
    add("1.2.0", build("1.2.0"));
    add("2.2.0", "true"); // it says that it is done, and there is nothing
    EXPECT_EQ(Builds(plan, results, signals).run(), std::nullopt);
    EXPECT_EQ(results[0].state, CellState::Built);
    EXPECT_EQ(results[0].kernel, tests::sampleIdentity().target.kernel);
    EXPECT_TRUE(std::filesystem::exists(results[0].package));
    EXPECT_EQ(results[1].state, CellState::Failed);
    EXPECT_EQ(results[1].reason, "update ended with exit code 0");
    EXPECT_THAT(ended, ElementsAre("1/2 1.2.0 built", "2/2 2.2.0 failed"));
}

TEST_F(BuildsTest, CauseAndRemedyAreTheLogsLastNotItsFirstError) {
    add("1.2.0", failure(1));
    Builds(plan, results, signals).run();
    EXPECT_EQ(results[0].reason, "No disk");
    EXPECT_EQ(results[0].remedy, "Buy one.");
    EXPECT_FALSE(results[0].unverified);
    EXPECT_EQ(host::readFile(results[0].log), "error: of some program\nerror: No disk. Buy one.\n");
}

TEST_F(BuildsTest, RefusalOfWhatWasFetchedIsToldApart) {
    add("1.2.0", failure(kUnverified));
    Builds(plan, results, signals).run();
    EXPECT_TRUE(results[0].unverified);
}

TEST_F(BuildsTest, WhatIsKnownNotToCompileIsToldApart) {
    add("1.2.0", failure(kRefused));
    Builds(plan, results, signals).run();
    EXPECT_EQ(results[0].state, CellState::Refused);
    EXPECT_EQ(results[0].reason, "No disk");
}

TEST_F(BuildsTest, FirstFailureKeepsTheRestFromStarting) {
    add("1.2.0", failure(1));
    add("2.2.0", build("2.2.0"));
    Builds(plan, results, signals).run();
    EXPECT_EQ(results[1].state, CellState::Skipped);
    EXPECT_THAT(results[1].reason, HasSubstr("another package failed"));
    EXPECT_THAT(started, ElementsAre("1.2.0 with 4"));
}

TEST_F(BuildsTest, WithKeepGoingAllAreTriedSoManyAtATime) {
    add("1.2.0", failure(1));
    add("2.2.0", build("2.2.0"));
    add("3.2.0", build("3.2.0"));
    results.push_back({.cell = results[0].cell, .state = CellState::Cached}); // is left alone
    plan.keepGoing = true;
    plan.jobs = 2;
    Builds(plan, results, signals).run();
    EXPECT_EQ(results[1].state, CellState::Built);
    EXPECT_EQ(results[2].state, CellState::Built);
    EXPECT_EQ(started.size(), 3U);
    EXPECT_EQ(started[0], "1.2.0 with 2") << "threads are divided";
    EXPECT_EQ(results[3].log, "");
}

TEST_F(BuildsTest, SignalStopsThemAndSkipsTheRest) {
    add("1.2.0", "exec sleep 60");
    add("2.2.0", build("2.2.0"));
    ::kill(::getpid(), SIGUSR1);
    EXPECT_EQ(Builds(plan, results, signals).run(), SIGUSR1);
    for (const CellResult& result : results) {
        EXPECT_EQ(result.state, CellState::Skipped);
        EXPECT_THAT(result.reason, HasSubstr("stopped by signal"));
    }
}

} // namespace
} // namespace precompile
