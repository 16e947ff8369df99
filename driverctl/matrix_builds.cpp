#include "driverctl/matrix_builds.h"

#include "driverctl/cli/exit_code.h"
#include "driverctl/distributions.h"
#include "driverctl/report/log.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "precompile/package/package.h"
#include "precompile/package/store.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <thread>

namespace driverctl {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kErrorMark = "error: ";      ///< host/log.h's, in text
constexpr std::chrono::milliseconds kPumpInterval{200}; ///< a child's pipe must not run full
/// An update gives make 5 s before it kills it.
constexpr std::chrono::seconds kGrace{15};

std::filesystem::path logFileOf(const Options& options, const Cell& cell) {
    const auto directory = options.build.workDir / "logs/matrix";
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        throw host::Error(fmt::format("cannot create {}: {}", directory.string(), error.message()),
                          "Name a writable directory with {work-dir}.");
    }
    return directory / fmt::format("{}-{}-{}{}{}.log", cell.release, cell.driver,
                                   toString(cell.flavour), options.driver.tag.empty() ? "" : "-",
                                   options.driver.tag);
}

std::vector<Cell> cellsOf(const auto& items, auto&& cellOf) {
    std::vector<Cell> cells;
    for (const auto& item : items) {
        cells.push_back(cellOf(item));
    }
    return cells;
}

unsigned allThreads(const Options& options) {
    return options.build.maxThreads != 0 ? options.build.maxThreads
                                         : std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

distribution::TargetSettings targetOf(const Options& options, const Cell& cell) {
    return {.release = cell.release, .channel = cell.channel, .board = options.target.board};
}

precompile::PackageIdentity identityOf(const Options& options, const Cell& cell) {
    const auto release = targetOf(options, cell);
    return precompile::identityFor(
        distributions().of(release).targetOf(release),
        {.version = cell.driver, .flavour = cell.flavour, .tag = options.driver.tag});
}

MatrixBuilds::MatrixBuilds(const Options& options, std::vector<CellResult>& results,
                           host::SignalSet& stop, UpdateFor updateFor)
    : options_(options), results_(results), stop_(stop), updateFor_(std::move(updateFor)) {
    for (CellResult& result : results_) {
        if (result.state == CellState::Build) {
            waiting_.push_back(&result);
        }
    }
    total_ = waiting_.size();
}

std::optional<int> MatrixBuilds::run() {
    for (;;) {
        while (running_.size() < options_.matrix.jobs && !waiting_.empty()) {
            startNext();
        }
        if (running_.empty()) {
            return std::nullopt;
        }
        if (const auto signal = waitForEvent()) {
            stopRunning(*signal);
            return signal;
        }
        collect();
    }
}

void MatrixBuilds::startNext() {
    const auto waiting = cellsOf(waiting_, [](const CellResult* result) { return result->cell; });
    const auto running = cellsOf(running_, [](const Build& build) { return build.result.cell; });
    const auto next = waiting_.begin() + static_cast<std::ptrdiff_t>(chooseNext(waiting, running));
    CellResult& result = **next;
    start(result);
    waiting_.erase(next);
}

void MatrixBuilds::start(CellResult& result) {
    result.log = logFileOf(options_, result.cell);
    const unsigned threads =
        threadsFor(allThreads(options_), options_.matrix.jobs, waiting_.size() + running_.size());
    host::logInfo(
        fmt::format("Building {}; its log is {}", result.cell.describe(), result.log.string()));
    Build& build = running_.emplace_back(
        Build{.result = result,
              .log = host::openFile(result.log, O_WRONLY | O_CREAT | O_TRUNC, 0644),
              .start = Clock::now()});
    host::Command command = updateFor_(result.cell, threads);
    command.onLine = [&build](std::string_view line) {
        host::writeAll(build.log.get(), std::string(line) + "\n", build.result.log.string());
        if (build.error.empty() && line.starts_with(kErrorMark)) {
            build.error = line.substr(kErrorMark.size());
        }
    };
    build.process.emplace(std::move(command));
}

std::optional<int> MatrixBuilds::waitForEvent() {
    std::vector<pollfd> polls = {{stop_.fd(), POLLIN, 0}};
    for (const Build& build : running_) {
        polls.push_back({build.process->pidfd(), POLLIN, 0});
    }
    const auto timeout = static_cast<int>(kPumpInterval.count());
    if (::poll(polls.data(), polls.size(), timeout) < 0 && errno != EINTR) {
        host::throwErrno("wait for", "the builds");
    }
    return stop_.next(std::chrono::milliseconds(0));
}

void MatrixBuilds::collect() {
    for (auto build = running_.begin(); build != running_.end();) {
        const auto status = build->process->waitFor(std::chrono::milliseconds(0));
        if (status) {
            finish(*build, *status);
        }
        build = status ? running_.erase(build) : std::next(build);
    }
}

void MatrixBuilds::finish(Build& build, const host::ExitStatus& status) {
    CellResult& result = build.result;
    result.seconds = std::chrono::duration<double>(Clock::now() - build.start).count();
    const auto package = status.success() ? precompile::Store(options_.store.directory)
                                                .find(identityOf(options_, result.cell))
                                                .file
                                          : std::nullopt;
    if (package) {
        result.state = CellState::Built;
        result.reason.clear();
        result.package = *package;
        result.kernel = precompile::Package(*package).manifest().identity.target.kernel;
    } else {
        result.state = CellState::Failed;
        result.reason = build.error.empty() ? fmt::format("update ended with {}", status.describe())
                                            : build.error;
        verificationFailed_ =
            verificationFailed_ || status.code == static_cast<int>(ExitCode::VerificationFailed);
    }
    const bool failed = !package;
    host::log(failed ? host::LogLevel::Error : host::LogLevel::Info,
              fmt::format("{}/{} {} {} in {:.0f} s{}{}", ++done_, total_, toString(result.state),
                          result.cell.describe(), result.seconds, failed ? ": " : "",
                          result.reason),
              {{"release", result.cell.release},
               {"driver", result.cell.driver},
               {"flavour", toString(result.cell.flavour)},
               {"state", toString(result.state)},
               {"log", result.log.string()}});
    if (failed && !options_.matrix.keepGoing) {
        skipWaiting("another package failed");
    }
}

void MatrixBuilds::skipWaiting(const std::string& reason) {
    for (CellResult* result : waiting_) {
        result->state = CellState::Skipped;
        result->reason = reason;
    }
    waiting_.clear();
}

void MatrixBuilds::stopRunning(int signal) {
    const std::string reason =
        fmt::format("stopped by signal {} ({})", signal, ::strsignal(signal));
    skipWaiting(reason);
    for (const Build& build : running_) {
        build.process->signal(SIGTERM);
    }
    const auto deadline = Clock::now() + kGrace;
    for (Build& build : running_) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        build.process->waitFor(std::max(left, std::chrono::milliseconds(0)));
        build.result.state = CellState::Skipped;
        build.result.reason = reason;
        build.result.seconds = std::chrono::duration<double>(Clock::now() - build.start).count();
    }
    running_.clear(); // kills what is left
}

} // namespace driverctl
