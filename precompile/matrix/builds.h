/// Many builds at a time, each in a process of its own with a log of its own.
///
/// Builds every result in the state Build; afterwards none is in it. Without keepGoing the first
/// failure keeps further cells from starting; those that run come to their end. A signal ends all
/// of them (SIGTERM, after a grace SIGKILL).
#pragma once

#include "host/base/fd.h"
#include "host/process/process.h"
#include "host/process/signals.h"
#include "precompile/matrix/cells.h"
#include "precompile/matrix/child_log.h"
#include "precompile/package/store.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <optional>
#include <vector>

namespace precompile {

struct BuildPlan {
    unsigned jobs = 1;    ///< builds at a time
    unsigned threads = 1; ///< of all of them together
    bool keepGoing = false;
    Store store;                        ///< where a build puts its package
    std::filesystem::path logDirectory; ///< made when missing
    std::function<PackageIdentity(const Cell&)> identityOf;
    /// The program that builds the cell; it logs JSON lines.
    std::function<host::Command(const Cell&, unsigned threads)> command;
    int refusedExitCode = 0;    ///< of a build of what is known not to compile
    int unverifiedExitCode = 0; ///< of a build that refused what it fetched
    std::function<void(const CellResult&)> onStart;
    std::function<void(const CellResult&, std::size_t done, std::size_t total)> onEnd;
};

class Builds {
  public:
    /// All of it has to outlive the object.
    Builds(const BuildPlan& plan, std::vector<CellResult>& results, host::SignalSet& stop);
    /// Returns the signal that ended it.
    std::optional<int> run();

  private:
    struct Build {
        CellResult& result;
        host::Fd log;
        std::chrono::steady_clock::time_point start;
        std::optional<LogEntry::End> end = {}; ///< what it said last
        std::optional<host::Process> process = {};
    };

    void startNext();
    void start(CellResult& result);
    std::optional<int> waitForEvent();
    void collect();
    void finish(Build& build, const host::ExitStatus& status);
    void skipWaiting(const std::string& reason, const std::string& remedy);
    void stopRunning(int signal);

    const BuildPlan& plan_;
    host::SignalSet& stop_;
    std::vector<CellResult*> waiting_;
    std::list<Build> running_;
    std::size_t total_;
    std::size_t done_ = 0;
};

} // namespace precompile
