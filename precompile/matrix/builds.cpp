#include "precompile/matrix/builds.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "precompile/package/package.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

namespace precompile {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPumpInterval{200}; ///< a child's pipe must not run full
/// An update gives make 5 s before it kills it.
constexpr std::chrono::seconds kGrace{15};

std::filesystem::path logFileOf(const BuildPlan& plan, const Cell& cell) {
    const auto& directory = plan.logDirectory;
    host::makeDirectories(directory, "Name a writable directory with {work-dir}.");
    const std::string tag = plan.identityOf(cell).tag;
    return directory / fmt::format("{}-{}-{}{}{}.log", cell.release, cell.driver,
                                   toString(cell.flavour), tag.empty() ? "" : "-", tag);
}

std::vector<Cell> cellsOf(const auto& items, auto&& cellOf) {
    std::vector<Cell> cells;
    for (const auto& item : items) {
        cells.push_back(cellOf(item));
    }
    return cells;
}

} // namespace

Builds::Builds(const BuildPlan& plan, std::vector<CellResult>& results, host::SignalSet& stop)
    : plan_(plan), stop_(stop) {
    for (CellResult& result : results) {
        if (result.state == CellState::Build) {
            waiting_.push_back(&result);
        }
    }
    total_ = waiting_.size();
}

std::optional<int> Builds::run() {
    for (;;) {
        while (running_.size() < plan_.jobs && !waiting_.empty()) {
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

void Builds::startNext() {
    const auto waiting = cellsOf(waiting_, [](const CellResult* result) { return result->cell; });
    const auto running = cellsOf(running_, [](const Build& build) { return build.result.cell; });
    const auto next = waiting_.begin() + static_cast<std::ptrdiff_t>(chooseNext(waiting, running));
    CellResult& result = **next;
    start(result);
    waiting_.erase(next);
}

void Builds::start(CellResult& result) {
    result.log = logFileOf(plan_, result.cell);
    const unsigned threads =
        threadsFor(plan_.threads, plan_.jobs, waiting_.size() + running_.size());
    plan_.onStart(result);
    Build& build = running_.emplace_back(
        Build{.result = result,
              .log = host::openFile(result.log, O_WRONLY | O_CREAT | O_TRUNC, 0644),
              .start = Clock::now()});
    host::Command command = plan_.command(result.cell, threads);
    command.onLine = [&build](std::string_view line) {
        const auto entry = parseLogEntry(line);
        host::writeAll(build.log.get(), (entry ? toText(*entry) : std::string(line)) + "\n",
                       build.result.log.string());
        if (entry && entry->end) {
            build.end = entry->end;
        }
    };
    build.process.emplace(std::move(command));
}

std::optional<int> Builds::waitForEvent() {
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

void Builds::collect() {
    for (auto build = running_.begin(); build != running_.end();) {
        const auto status = build->process->waitFor(std::chrono::milliseconds(0));
        if (status) {
            finish(*build, *status);
        }
        build = status ? running_.erase(build) : std::next(build);
    }
}

void Builds::finish(Build& build, const host::ExitStatus& status) {
    CellResult& result = build.result;
    result.seconds = std::chrono::duration<double>(Clock::now() - build.start).count();
    const auto package =
        status.success() ? plan_.store.find(plan_.identityOf(result.cell)).file : std::nullopt;
    if (package) {
        result.state = CellState::Built;
        result.reason.clear();
        result.package = *package;
        result.kernel = Package(*package).manifest().identity.target.kernel;
    } else {
        result.state =
            status.code == plan_.refusedExitCode ? CellState::Refused : CellState::Failed;
        result.reason =
            build.end ? build.end->cause : fmt::format("update ended with {}", status.describe());
        result.remedy = build.end ? build.end->remedy : "";
        result.unverified = status.code == plan_.unverifiedExitCode;
    }
    plan_.onEnd(result, ++done_, total_);
    if (!package && !plan_.keepGoing) {
        skipWaiting("another package failed", "Give {keep-going} to try the rest as well.");
    }
}

void Builds::skipWaiting(const std::string& reason, const std::string& remedy) {
    for (CellResult* result : waiting_) {
        result->state = CellState::Skipped;
        result->reason = reason;
        result->remedy = remedy;
    }
    waiting_.clear();
}

void Builds::stopRunning(int signal) {
    const std::string reason =
        fmt::format("stopped by signal {} ({})", signal, ::strsignal(signal));
    skipWaiting(reason, "");
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

} // namespace precompile
