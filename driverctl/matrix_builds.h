/// The updates of `driverctl matrix`: children, as many at a time as --jobs says, each with a log
/// of its own.
#pragma once

#include "driverctl/cli/options.h"
#include "driverctl/matrix.h"
#include "host/base/fd.h"
#include "host/process/process.h"
#include "host/process/signals.h"
#include "precompile/package/manifest.h"

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <vector>

namespace driverctl {

/// The update that builds the cell with so many threads.
using UpdateFor = std::function<host::Command(const Cell& cell, unsigned threads)>;

/// The cell's release.
distribution::TargetSettings targetOf(const Options& options, const Cell& cell);

/// What the cell's package is named after; the kernel is open.
precompile::PackageIdentity identityOf(const Options& options, const Cell& cell);

/// Builds every result in the state Build; afterwards none is in it. Without --keep-going the first
/// failure keeps further cells from starting; those that run come to their end. A signal ends all
/// of them (SIGTERM, after a grace SIGKILL).
class MatrixBuilds {
  public:
    MatrixBuilds(const Options& options, std::vector<CellResult>& results, host::SignalSet& stop,
                 UpdateFor updateFor);
    /// Returns the signal that ended it.
    std::optional<int> run();
    /// Whether an update refused what it fetched.
    [[nodiscard]] bool verificationFailed() const noexcept { return verificationFailed_; }

  private:
    struct Build {
        CellResult& result;
        host::Fd log;
        std::chrono::steady_clock::time_point start;
        std::string error = {}; ///< the log's first
        std::optional<host::Process> process = {};
    };

    void startNext();
    void start(CellResult& result);
    std::optional<int> waitForEvent();
    void collect();
    void finish(Build& build, const host::ExitStatus& status);
    void skipWaiting(const std::string& reason);
    void stopRunning(int signal);

    const Options& options_;
    std::vector<CellResult>& results_;
    host::SignalSet& stop_;
    UpdateFor updateFor_;
    std::vector<CellResult*> waiting_;
    std::list<Build> running_;
    std::size_t total_;
    std::size_t done_ = 0;
    bool verificationFailed_ = false;
};

} // namespace driverctl
