#include "driverctl/commands/all.h"
#include "driverctl/commands/build_child.h"

#include "driverctl/cli/signing_keys.h"
#include "driverctl/distributions.h"
#include "driverctl/matrix.h"
#include "driverctl/matrix_builds.h"
#include "driverctl/report/log.h"
#include "driverctl/report/matrix_report.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/driver_source.h"
#include "precompile/package/package.h"
#include "precompile/package/store.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using distribution::TargetSettings;
using precompile::Flavour;

/// What is to be built, and the channels whose current release is not to be had: a failed row each.
struct Wanted {
    std::vector<Cell> cells = {}; ///< in order, of this shard
    std::vector<CellResult> deadChannels = {};
    bool verificationFailed = false; ///< of a channel
};

/// As --releases and --channels name them.
std::vector<TargetSettings> namesOf(const Options& options) {
    std::vector<TargetSettings> names;
    for (const std::string& release : wordsOf(options.matrix.releases)) {
        const bool current = release == distribution::kCurrent;
        names.push_back({.release = release,
                         .channel = current ? options.target.channel : "",
                         .board = options.target.board});
    }
    for (const std::string& channel : wordsOf(options.matrix.channels)) {
        names.push_back(
            {.release = distribution::kCurrent, .channel = channel, .board = options.target.board});
    }
    if (names.empty()) {
        throw host::Error(host::Fault::Usage, "no release to build for",
                          "Name some with --releases or --channels.");
    }
    return names;
}

/// With --keep-going a channel that cannot be asked is a failed row in every shard: none of them
/// knows which cells are missing.
std::vector<TargetSettings> wantedReleases(const Options& options, host::SignalSet& stop,
                                           Wanted& wanted) {
    const auto known = distributions(options.mirror, options.build);
    std::vector<TargetSettings> releases;
    for (const TargetSettings& given : namesOf(options)) {
        const auto& distribution = known.of(given);
        const TargetSettings name = distribution.fullName(given);
        try {
            releases.push_back(distribution.resolve(name, stop, logObserver()));
        } catch (const host::Error& error) {
            if (!options.matrix.keepGoing) {
                throw;
            }
            host::log(host::LogLevel::Error,
                      fmt::format("The current release of channel {} is unknown: {}", name.channel,
                                  error.what()),
                      {{"channel", name.channel}, {"remedy", advice(error.remedy())}});
            wanted.deadChannels.push_back(deadChannel(name.channel, error.what()));
            wanted.verificationFailed |= error.fault() == host::Fault::Verification;
        }
    }
    return releases;
}

std::vector<std::string> wantedDrivers(const Options& options) {
    const auto installed = precompile::installedDrivers(options.driver.sourceDir);
    auto wanted = wordsOf(options.matrix.drivers);
    for (const std::string& driver : wanted) {
        if (std::ranges::find(installed, driver) == installed.end()) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("driver {} is not in {}, which has {}", driver,
                                          options.driver.sourceDir.string(),
                                          installed.empty()
                                              ? "none"
                                              : fmt::format("{}", fmt::join(installed, ", "))),
                              "Name others with --drivers, or another --source-dir.");
        }
    }
    if (installed.empty()) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("there are no driver sources in {}", options.driver.sourceDir.string()),
            "Name their directory with --source-dir.");
    }
    return wanted.empty() ? installed : wanted;
}

std::vector<Flavour> wantedFlavours(const Options& options, const std::string& driver) {
    const auto installed = precompile::installedFlavours(options.driver.sourceDir, driver);
    std::vector<Flavour> wanted;
    for (const std::string& word : wordsOf(options.matrix.flavours)) {
        wanted.push_back(precompile::flavourFromString(word));
        if (std::ranges::find(installed, wanted.back()) == installed.end()) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("driver {} in {} has no flavour {}", driver,
                                          options.driver.sourceDir.string(), word),
                              "Name others with --flavours, or leave this driver to a run of its "
                              "own.");
        }
    }
    return wanted.empty() ? installed : wanted;
}

/// The sources of each cell are complete.
Wanted findWanted(const Options& options, host::SignalSet& stop) {
    const Shard shard = parseShard(options.matrix.shard);
    std::vector<Cell> cells;
    for (const std::string& driver : wantedDrivers(options)) {
        for (const Flavour flavour : wantedFlavours(options, driver)) {
            static_cast<void>(
                precompile::findDriverSource(options.driver.sourceDir, driver, flavour));
            cells.push_back({.release = "", .channel = "", .driver = driver, .flavour = flavour});
        }
    }
    Wanted wanted;
    std::vector<Cell> all;
    for (const TargetSettings& release : wantedReleases(options, stop, wanted)) {
        for (Cell cell : cells) {
            cell.release = release.release;
            cell.channel = release.channel;
            all.push_back(std::move(cell));
        }
    }
    std::erase_if(all, [&shard](const Cell& cell) { return !shard.holds(cell); });
    wanted.cells = inOrder(std::move(all));
    return wanted;
}

/// Cached, or Build with the reason.
CellResult assess(const Options& options, const Cell& cell,
                  const precompile::Acceptance& acceptance) {
    CellResult result{.cell = cell};
    const auto file =
        precompile::Store(options.store.directory).find(identityOf(options, cell)).file;
    if (!file || options.build.force) {
        result.reason = file ? "--force was given" : "the store has no package";
        return result;
    }
    try {
        const precompile::Package package(*file);
        requireAcceptable(package, acceptance, logObserver());
        result.state = CellState::Cached;
        result.package = *file;
        result.kernel = package.manifest().identity.target.kernel;
    } catch (const host::Error& error) {
        result.reason = fmt::format("{} is not usable: {}", file->string(), error.what());
    }
    return result;
}

/// Of what is to be built: whether the release is there. Fetches one small file a release.
void checkReleases(const Options& options, std::vector<CellResult>& results,
                   host::SignalSet& stop) {
    const auto known = distributions(options.mirror, options.build);
    std::map<std::string, std::string> problems;
    for (CellResult& result : results) {
        const Cell& cell = result.cell;
        if (result.state != CellState::Build) {
            continue;
        }
        const auto [problem, isNew] = problems.emplace(cell.release, "");
        if (isNew) {
            const auto release = targetOf(options, cell);
            try {
                known.of(release).requirePublished(release, stop, logObserver());
            } catch (const host::Error& error) {
                problem->second = error.what();
            }
        }
        if (!problem->second.empty()) {
            result.state = CellState::Unavailable;
            result.reason = problem->second;
        }
    }
}

ExitCode report(const Settings& settings, const std::vector<CellResult>& results) {
    const MatrixReport report{results};
    printReport(report, settings);
    std::cout << std::flush;
    return report.good() ? ExitCode::Done : ExitCode::Failed;
}

ExitCode matrix(const Settings& settings, const Arguments& arguments) {
    const Options& options = settings.everything();
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    if (options.matrix.jobs == 0) {
        throw host::Error(host::Fault::Usage, "--jobs cannot be 0", "Give 1 or more.");
    }
    const auto acceptance = SigningKeys(options).acceptance();
    const Wanted wanted = findWanted(options, signals);
    std::vector<CellResult> results = wanted.deadChannels;
    for (const Cell& cell : wanted.cells) {
        signals.throwIfPending();
        results.push_back(assess(options, cell, acceptance));
    }
    if (arguments.has("plan")) {
        checkReleases(options, results, signals);
        const ExitCode code = report(settings, results);
        return wanted.verificationFailed ? ExitCode::VerificationFailed : code;
    }
    MatrixBuilds builds(options, results, signals, [&settings](const Cell& cell, unsigned threads) {
        return updateCommand(settings, {{"release", {cell.release}},
                                        {"channel", {cell.channel}},
                                        {"driver", {cell.driver}},
                                        {"flavour", {std::string(toString(cell.flavour))}},
                                        {"max-threads", {std::to_string(threads)}},
                                        {"log-format", {"text"}}});
    });
    const auto signal = builds.run();
    const ExitCode code = report(settings, results);
    if (signal) {
        throw host::Interrupted(*signal);
    }
    return wanted.verificationFailed || builds.verificationFailed() ? ExitCode::VerificationFailed
                                                                    : code;
}

} // namespace

const Command kMatrix = {
    .name = "matrix",
    .summary = "Build the missing packages for many releases, drivers and flavours",
    .groups = {&kMatrixSettings, &kMirrorSettings, &kSigningSettings},
    .settings = {"json", "channel", "board", "work-dir", "store", "source-dir", "max-threads",
                 "tag", "source-date-epoch", "force"},
    .arguments = {{.name = "plan",
                   .flags = "--plan",
                   .help = "Say what would be done and why, build nothing"}},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Signal},
    .run = matrix,
};

} // namespace driverctl
