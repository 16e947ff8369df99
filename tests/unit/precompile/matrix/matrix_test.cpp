#include "precompile/matrix/matrix.h"
#include "precompile/source/source_directory.h"

#include "host/base/error.h"
#include "host/process/signals.h"
#include "tests/unit/precompile/sample.h"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using distribution::Target;
using distribution::TargetSettings;
using host::Fault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Channel "stable" has 3.2.0 now; of "beta" nobody knows, and what "evil" says is not signed.
class Fake : public distribution::Distribution {
  public:
    [[nodiscard]] std::optional<Target> detect(const distribution::Machine&) const override {
        return Target{};
    }
    [[nodiscard]] bool claims(const TargetSettings&) const override { return true; }
    [[nodiscard]] TargetSettings fullName(TargetSettings wanted) const override {
        if (wanted.release.empty()) {
            throw host::Error(Fault::Usage, "no release");
        }
        wanted.channel = wanted.channel.empty() ? "stable" : wanted.channel;
        return wanted;
    }
    [[nodiscard]] TargetSettings resolve(TargetSettings name, host::SignalSet&,
                                         const host::Observer&) const override {
        if (name.release == distribution::kCurrent && name.channel != "stable") {
            throw host::Error(name.channel == "evil" ? Fault::Verification : Fault::Failed,
                              name.channel + " is dead", "Wait.");
        }
        name.release = name.release == distribution::kCurrent ? "3.2.0" : name.release;
        return name;
    }
    [[nodiscard]] Target targetOf(const TargetSettings& release) const override {
        return {"fake", release.release, release.board, release.kernel};
    }
    void requirePublished(const TargetSettings& release, host::SignalSet&,
                          const host::Observer& observer) const override {
        observer.note(release.release);
        if (release.release == "9.2.0") {
            throw host::Error("nobody has it");
        }
    }
    /// Release 8.2.0 has a kernel with PREEMPT_RT.
    [[nodiscard]] distribution::ReleaseContents
    contentsOf(const TargetSettings& release, host::SignalSet&,
               const host::Observer& observer) const override {
        observer.note(release.release);
        return {.kernel = release.release == "8.2.0" ? "6.1.0-1-rt-amd64" : "6.1.0-1-amd64"};
    }
    [[nodiscard]] std::unique_ptr<distribution::BuildEnvironment>
    acquire(const TargetSettings&, host::SignalSet&, const host::Observer&) const override {
        throw std::logic_error("nothing is built here");
    }
};

class MatrixTest : public testing::Test {
  protected:
    MatrixTest() {
        for (const char* source :
             {"nvidia-535.1/kernel", "nvidia-535.1/kernel-open", "nvidia-550.1/kernel-open"}) {
            for (const char* file :
                 {"Makefile", "conftest.sh", "Kbuild", "nvidia/nv-kernel.o_binary",
                  "nvidia-modeset/nv-modeset-kernel.o_binary"}) {
                sample.directory.write(std::filesystem::path("src") / source / file, "");
            }
        }
    }
    [[nodiscard]] Matrix matrix(MatrixSettings settings,
                                const std::string& machine = "x86_64") const {
        std::vector<std::unique_ptr<distribution::Distribution>> known;
        known.push_back(std::make_unique<Fake>());
        return {distribution::Distributions(std::move(known)),
                std::move(settings),
                {.channel = "stable", .board = machine},
                {.sourceDir = sample.directory.path() / "src"}};
    }
    [[nodiscard]] std::vector<std::string> cellsOf(MatrixSettings settings) {
        std::vector<std::string> cells;
        for (const Cell& cell : matrix(std::move(settings)).wanted(signals, {}).cells) {
            cells.push_back(cell.describe());
        }
        return cells;
    }

    tests::SamplePackage sample;
    host::SignalSet signals{SIGUSR1};
};

TEST_F(MatrixTest, CellsAreReleasesByDriversByFlavours) {
    EXPECT_THAT(cellsOf({.releases = {"1.2.0"}}),
                ElementsAre("driver 535.1 (open) for release 1.2.0",
                            "driver 535.1 (proprietary) for release 1.2.0",
                            "driver 550.1 (open) for release 1.2.0"));
    EXPECT_THAT(cellsOf({.releases = {"1.2.0", "3.2.0"},
                         .channels = {"stable"},
                         .drivers = {"535.1"},
                         .flavours = {"open"}}),
                ElementsAre("driver 535.1 (open) for release 1.2.0",
                            "driver 535.1 (open) for release 3.2.0"));
    EXPECT_THAT(cellsOf({.releases = {"current"}, .drivers = {"550.1"}}),
                ElementsAre("driver 550.1 (open) for release 3.2.0"));
}

TEST_F(MatrixTest, WhatIsNotThereCannotBeMeant) {
    const struct {
        MatrixSettings settings;
        const char* message;
    } cases[] = {
        {{}, "no release to build for"},
        {{.releases = {"1.2.0"}, .drivers = {"1.0"}}, "driver 1.0 is not in"},
        {{.releases = {"1.2.0"}, .drivers = {"550.1"}, .flavours = {"proprietary"}},
         "has no flavour proprietary"},
        {{.releases = {"1.2.0"}, .flavours = {"closed"}}, "closed"},
        {{.releases = {"1.2.0"}, .shard = "3/2"}, "'3/2' is no shard"},
    };
    for (const auto& test : cases) {
        EXPECT_THAT([&] { static_cast<void>(matrix(test.settings).wanted(signals, {})); },
                    testing::ThrowsMessage<host::Error>(HasSubstr(test.message)));
    }
}

TEST_F(MatrixTest, DeadChannelEndsTheRunOrIsARow) {
    EXPECT_THROW(static_cast<void>(matrix({.channels = {"beta"}}).wanted(signals, {})),
                 host::Error);
    const auto wanted =
        matrix({.channels = {"beta", "evil"}, .keepGoing = true}).wanted(signals, {});
    EXPECT_THAT(wanted.cells, IsEmpty());
    ASSERT_EQ(wanted.deadChannels.size(), 2U);
    EXPECT_EQ(wanted.deadChannels[0].cell.channel, "beta");
    EXPECT_EQ(wanted.deadChannels[0].reason, "beta is dead");
    EXPECT_EQ(wanted.deadChannels[0].remedy, "Wait.");
    EXPECT_FALSE(wanted.deadChannels[0].unverified);
    EXPECT_TRUE(wanted.deadChannels[1].unverified);
}

/// As update and init count packages: by their acceptance.
TEST_F(MatrixTest, PackageThatIsAcceptableIsCached) {
    const Store store(sample.directory.path() / "store");
    const Matrix all = matrix({.releases = {"1.2.0"}});
    const Cell cell{.release = "1.2.0",
                    .channel = "stable",
                    .driver = "535.1",
                    .flavour = Flavour::Proprietary};
    const Acceptance acceptance{.sources = driverSourcesBelow(sample.directory.path())};
    const auto assess = [&](const Acceptance& demanded, const std::string& whyAnew = "") {
        return all.assess(cell, store, demanded, whyAnew, {});
    };
    EXPECT_EQ(assess(acceptance).state, CellState::Build);
    EXPECT_EQ(assess(acceptance).reason, "the store has no package");
    auto identity = all.identityOf(cell);
    identity.target.kernel = "6.1";
    static_cast<void>(store.add(sample.write(identity, "new.tar")));
    EXPECT_EQ(assess(acceptance).state, CellState::Cached);
    EXPECT_EQ(assess(acceptance).kernel, "6.1");
    EXPECT_EQ(assess(acceptance, "not today").reason, "not today");
    const Acceptance signer{.sources = driverSourcesBelow(sample.directory.path()),
                            .modulesSignedBy = host::ModuleSignature{.issuer = "us", .id = "01"}};
    EXPECT_EQ(assess(signer).state, CellState::Build);
    EXPECT_THAT(assess(signer).reason, HasSubstr("is not usable"));
}

TEST_F(MatrixTest, ReleaseIsAskedForOnce) {
    std::vector<CellResult> results;
    for (const char* release : {"1.2.0", "9.2.0", "9.2.0", "8.2.0"}) {
        results.push_back({.cell = {.release = release, .channel = "stable", .driver = "535.1"}});
    }
    results.back().state = CellState::Cached;
    std::vector<std::string> asked;
    matrix({}).findUnavailable(results, signals, {.note = [&asked](const std::string& release) {
                                   asked.push_back(release);
                               }});
    EXPECT_THAT(asked, ElementsAre("1.2.0", "9.2.0"));
    EXPECT_EQ(results[0].state, CellState::Build);
    EXPECT_EQ(results[1].state, CellState::Unavailable);
    EXPECT_EQ(results[2].reason, "nobody has it");
    EXPECT_EQ(results[3].state, CellState::Cached);
}

TEST_F(MatrixTest, WhatIsKnownNotToCompileIsRefused) {
    const Matrix all = matrix({.releases = {"1.2.0", "8.2.0"}, .drivers = {"535.1"}});
    std::vector<CellResult> results;
    for (const Cell& cell : all.wanted(signals, {}).cells) {
        results.push_back({.cell = cell, .reason = "the store has no package"});
    }
    results.push_back({.cell = results.back().cell, .state = CellState::Cached});
    std::vector<std::string> asked;
    host::Observer observer;
    observer.note = [&](const std::string& release) { asked.push_back(release); };
    all.findKnownBreaks(results, true, signals, observer);
    std::vector<CellState> states;
    for (const CellResult& result : results) {
        states.push_back(result.state);
    }
    EXPECT_THAT(states, ElementsAre(CellState::Build, CellState::Build, CellState::Refused,
                                    CellState::Refused, CellState::Cached));
    EXPECT_EQ(results[0].reason, "the store has no package");
    EXPECT_THAT(results[2].reason, HasSubstr("driver 535.1 (open) does not compile for kernel "
                                             "6.1.0-1-rt-amd64"));
    EXPECT_THAT(results[2].remedy, HasSubstr("{force}"));
    EXPECT_THAT(asked, ElementsAre("1.2.0", "8.2.0"));
}

TEST_F(MatrixTest, WhatAnotherMachinesProgramsCompileIsRefused) {
    const std::string own = host::runningKernel().machine;
    const struct {
        std::string machine;
        CellState was;
        CellState is;
    } cases[] = {{own, CellState::Build, CellState::Build},
                 {"vax", CellState::Build, CellState::Refused},
                 {"vax", CellState::Cached, CellState::Cached}};
    for (const auto& it : cases) {
        const Matrix all = matrix({.releases = {"1.2.0"}}, it.machine);
        std::vector<CellResult> results{
            {.cell = all.wanted(signals, {}).cells.front(), .state = it.was}};
        all.findForeign(results);
        EXPECT_EQ(results[0].state, it.is) << it.machine;
        const bool refused = it.is == CellState::Refused;
        EXPECT_THAT(results[0].reason, HasSubstr(refused ? "programs for vax" : ""));
        EXPECT_THAT(results[0].remedy, HasSubstr(refused ? "{force}" : ""));
    }
}

} // namespace
} // namespace precompile
