#include "driverctl/commands/all.h"

#include "driverctl/cli/signing_keys.h"
#include "driverctl/flatcar_distribution.h"
#include "driverctl/matrix.h"
#include "driverctl/matrix_builds.h"
#include "driverctl/report/log.h"
#include "driverctl/report/matrix_report.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "flatcar/channel.h"
#include "flatcar/image.h"
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

using flatcar::Release;
using precompile::Flavour;

/// What is to be built, and the channels whose current release is not to be had: a failed row each.
struct Wanted {
    std::vector<Cell> cells = {}; ///< in order, of this shard
    std::vector<CellResult> deadChannels = {};
    bool verificationFailed = false; ///< of a channel
};

/// With --keep-going a channel that cannot be asked is a failed row in every shard: none of them
/// knows which cells are missing.
std::vector<Release> wantedReleases(const Options& options, host::SignalSet& stop, Wanted& wanted) {
    std::vector<Release> releases;
    auto channels = wordsOf(options.matrix.channels);
    for (const std::string& version : wordsOf(options.matrix.releases)) {
        if (flatcar::isCurrent(version)) {
            channels.push_back(flatcar::channelOfCurrent(version, options.target.channel));
            continue;
        }
        releases.push_back(
            {version, flatcar::channelOf(version).value_or(""), options.target.board});
        flatcar::validate(releases.back());
    }
    for (const std::string& channel : channels) {
        Release release{"0.0.0", channel, options.target.board};
        flatcar::validate(release);
        try {
            release.version = flatcar::currentVersion(imageRequest(options, release, stop));
        } catch (const host::Error& error) {
            if (!options.matrix.keepGoing) {
                throw;
            }
            host::log(host::LogLevel::Error,
                      fmt::format("The current release of channel {} is unknown: {}", channel,
                                  error.what()),
                      {{"channel", channel}, {"remedy", advice(error.remedy())}});
            wanted.deadChannels.push_back(deadChannel(channel, error.what()));
            wanted.verificationFailed |= error.fault() == host::Fault::Verification;
            continue;
        }
        host::logInfo(
            fmt::format("The current release of channel {} is {}", channel, release.version));
        releases.push_back(release);
    }
    if (releases.empty() && wanted.deadChannels.empty()) {
        throw host::Error(host::Fault::Usage, "no release to build for",
                          "Name some with --releases or --channels.");
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
    for (const Release& release : wantedReleases(options, stop, wanted)) {
        for (Cell cell : cells) {
            cell.release = release.version;
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
        requireAcceptable(package, acceptance);
        result.state = CellState::Cached;
        result.package = *file;
        result.kernel = package.manifest().identity.kernel;
    } catch (const host::Error& error) {
        result.reason = fmt::format("{} is not usable: {}", file->string(), error.what());
    }
    return result;
}

/// Of what is to be built: whether the release is there. Fetches one small file a release.
void checkReleases(const Options& options, std::vector<CellResult>& results,
                   host::SignalSet& stop) {
    std::map<std::string, std::string> problems;
    for (CellResult& result : results) {
        const Cell& cell = result.cell;
        if (result.state != CellState::Build) {
            continue;
        }
        auto known = problems.find(cell.release);
        if (known == problems.end()) {
            const auto request =
                imageRequest(options, {cell.release, cell.channel, options.target.board}, stop);
            known = problems.emplace(cell.release, "").first;
            try {
                if (!flatcar::isCached(request)) {
                    flatcar::requirePublished(request);
                }
            } catch (const host::Error& error) {
                known->second = error.what();
            }
        }
        if (!known->second.empty()) {
            result.state = CellState::Unavailable;
            result.reason = known->second;
        }
    }
}

ExitCode report(const Options& options, const std::vector<CellResult>& results) {
    const MatrixReport report{results};
    printReport(report, options.command);
    std::cout << std::flush;
    return report.good() ? ExitCode::Done : ExitCode::Failed;
}

ExitCode matrix(const Options& options) {
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
    if (options.arguments.plan) {
        checkReleases(options, results, signals);
        const ExitCode code = report(options, results);
        return wanted.verificationFailed ? ExitCode::VerificationFailed : code;
    }
    MatrixBuilds builds(options, results, signals);
    const auto signal = builds.run();
    const ExitCode code = report(options, results);
    if (signal) {
        throw host::Interrupted(*signal);
    }
    return wanted.verificationFailed || builds.verificationFailed() ? ExitCode::VerificationFailed
                                                                    : code;
}

} // namespace

const Command kMatrix = {
    .name = "matrix",
    .description = "Build the missing packages for many releases, drivers and flavours",
    .settings = {"releases",    "channels",    "channel",
                 "drivers",     "flavours",    "shard",
                 "jobs",        "keep-going",  "plan",
                 "json",        "board",       "mirror",
                 "keyring",     "signing-key", "signing-key-url",
                 "work-dir",    "store",       "source-dir",
                 "max-threads", "tag",         "source-date-epoch",
                 "force",       "sign",        "sign-certificate",
                 "sign-hash",   "package-key"},
    .exitCodes = {ExitCode::VerificationFailed, ExitCode::Signal},
    .run = matrix,
};

} // namespace driverctl
