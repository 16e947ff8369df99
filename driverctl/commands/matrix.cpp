#include "driverctl/commands/all.h"

#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/build_child.h"
#include "driverctl/commands/published_cells.h"
#include "driverctl/commands/signing_keys.h"
#include "driverctl/distributions.h"
#include "driverctl/report/log.h"
#include "driverctl/report/matrix_report.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/base/threads.h"
#include "host/process/signals.h"
#include "precompile/matrix/builds.h"
#include "precompile/matrix/matrix.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::BuildPlan;
using precompile::Cell;
using precompile::CellResult;
using precompile::CellState;
using precompile::Matrix;

void logDeadChannels(const std::vector<CellResult>& channels) {
    for (const CellResult& dead : channels) {
        log(LogLevel::Error,
            fmt::format("The current release of channel {} is unknown: {}", dead.cell.channel,
                        dead.reason),
            {{"channel", dead.cell.channel}, {"remedy", advice(dead.remedy)}});
    }
}

Matrix matrixOf(const Settings& settings) {
    return {distributions(settings),
            settings.get<precompile::MatrixSettings>(),
            {.channel = settings.get(&distribution::TargetSettings::channel),
             .board = settings.get(&distribution::TargetSettings::board)},
            {.tag = settings.get(&precompile::DriverSettings::tag),
             .sourceDir = settings.get(&precompile::DriverSettings::sourceDir)}};
}

/// What every cell is now.
std::vector<CellResult> assess(const Matrix& matrix, const std::vector<Cell>& cells,
                               const Settings& settings, const precompile::Acceptance& acceptance,
                               host::SignalSet& signals) {
    const precompile::Store store(settings.get(&precompile::StoreSettings::directory));
    const bool force = settings.get(&precompile::BuildSettings::force);
    std::vector<CellResult> results;
    for (const Cell& cell : cells) {
        signals.throwIfPending();
        results.push_back(matrix.assess(cell, store, acceptance, force ? "--force was given" : "",
                                        logObserver()));
    }
    return results;
}

void logStart(const CellResult& result) {
    logInfo(fmt::format("Building {}; its log is {}", result.cell.describe(), result.log.string()));
}

void logEnd(const CellResult& result, std::size_t done, std::size_t total) {
    const bool failed = result.state == CellState::Failed;
    log(failed ? LogLevel::Error : LogLevel::Info,
        fmt::format("{}/{} {} {} in {:.0f} s{}{}", done, total, toString(result.state),
                    result.cell.describe(), result.seconds, failed ? ": " : "", result.reason),
        {{"release", result.cell.release},
         {"driver", result.cell.driver},
         {"flavour", toString(result.cell.flavour)},
         {"state", toString(result.state)},
         {"log", result.log.string()}});
}

BuildPlan planOf(const Settings& settings, const Matrix& matrix) {
    const auto command = [&settings](const Cell& cell, unsigned threads) {
        return updateCommand(settings, {{"release", {cell.release}},
                                        {"channel", {cell.channel}},
                                        {"driver", {cell.driver}},
                                        {"flavour", {std::string(toString(cell.flavour))}},
                                        {"max-threads", {std::to_string(threads)}},
                                        {"log-format", {"json"}}});
    };
    const auto& wishes = settings.get<precompile::MatrixSettings>();
    return {.jobs = wishes.jobs,
            .threads = host::threadsOf(settings.get(&precompile::BuildSettings::maxThreads)),
            .keepGoing = wishes.keepGoing,
            .store = precompile::Store(settings.get(&precompile::StoreSettings::directory)),
            .logDirectory = settings.get(&precompile::BuildSettings::workDir) / "logs/matrix",
            .identityOf = [&matrix](const Cell& cell) { return matrix.identityOf(cell); },
            .command = command,
            .refusedExitCode = static_cast<int>(ExitCode::NotLoadable),
            .unverifiedExitCode = static_cast<int>(ExitCode::VerificationFailed),
            .onStart = logStart,
            .onEnd = logEnd};
}

ExitCode report(const Settings& settings, std::vector<CellResult>& results) {
    for (CellResult& result : results) {
        result.remedy = advice(result.remedy);
    }
    const MatrixReport report{results};
    printReport(report, settings);
    std::cout << std::flush;
    if (std::ranges::any_of(results, &CellResult::unverified)) {
        return ExitCode::VerificationFailed;
    }
    const auto nothingWorseThan = [&results](CellState state) {
        return std::ranges::all_of(results, [state](const CellResult& result) {
            return isGood(result) || result.state == state;
        });
    };
    return report.good()                          ? ExitCode::Done
           : nothingWorseThan(CellState::Refused) ? ExitCode::NotLoadable
           : nothingWorseThan(CellState::Missing) ? ExitCode::NoPackage
                                                  : ExitCode::Failed;
}

void refuseContradictions(const Settings& settings) {
    if (settings.get(&precompile::MatrixSettings::jobs) == 0) {
        throw host::Error(host::Fault::Usage, "--jobs cannot be 0", "Give 1 or more.");
    }
    if (settings.get(&precompile::BuildSettings::force) &&
        settings.get(&precompile::SearchSettings::noBuild)) {
        throw host::Error(host::Fault::Usage, "--force builds what --no-build forbids to build",
                          "Give one of them.");
    }
}

ExitCode matrix(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    refuseContradictions(settings);
    const SigningKeys keys(settings.get<precompile::SigningSettings>());
    const Matrix all = matrixOf(settings);
    const auto wanted = all.wanted(signals, logObserver());
    logDeadChannels(wanted.deadChannels);
    std::vector<CellResult> results = wanted.deadChannels;
    const auto acceptance = acceptanceOf(settings, keys);
    std::ranges::move(assess(all, wanted.cells, settings, acceptance, signals),
                      std::back_inserter(results));
    const bool isPlan = arguments.has("plan");
    if (!settings.get(&precompile::BuildSettings::force)) {
        findPublished(results, isPlan ? Published::Say : Published::Take, all, acceptance, settings,
                      signals);
        all.findForeign(results);
        all.findKnownBreaks(results, acceptance.mayBePatched, signals, logObserver());
    }
    if (isPlan) {
        all.findUnavailable(results, signals, logObserver());
        return report(settings, results);
    }
    const BuildPlan plan = planOf(settings, all);
    const auto signal = precompile::Builds(plan, results, signals).run();
    const ExitCode code = report(settings, results);
    if (signal) {
        throw host::Interrupted(*signal);
    }
    return code;
}

} // namespace

const Command kMatrix = {
    .name = "matrix",
    .summary = "Build the missing packages for many releases, drivers and flavours",
    .groups = {&kMatrixSettings, &kMirrorSettings, &kSigningSettings, &kSearchSettings,
               &kRegistrySettings},
    .settings = {"json", "channel", "board", "work-dir", "ccache-dir", "store", "source-dir",
                 "max-threads", "tag", "source-date-epoch", "force", "no-patches"},
    .arguments = {{.name = "plan",
                   .flags = "--plan",
                   .help = "Say what would be done and why, build nothing"}},
    .exitCodes = {ExitCode::NoPackage, ExitCode::NotLoadable, ExitCode::VerificationFailed,
                  ExitCode::Signal},
    .run = matrix,
};

} // namespace driverctl
