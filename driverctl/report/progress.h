/// Progress of long work, on stderr: a bar on a terminal, a log line every few seconds elsewhere,
/// nothing with --quiet.
#pragma once

#include "host/base/observer.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace driverctl {

/// One piece of work. update() may be called as often as its source likes; the
/// destructor ends the bar's line.
class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    Progress(std::string_view label, host::WorkDone::Unit unit);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    Progress(Progress&&) = delete;
    Progress& operator=(Progress&&) = delete;
    ~Progress();

    /// `total` 0: unknown.
    void update(std::uint64_t done, std::uint64_t total);

  private:
    void show(std::uint64_t done, std::uint64_t total, Clock::time_point now);

    std::string label_;
    host::WorkDone::Unit unit_;
    bool terminal_;
    bool shown_ = false;
    bool complete_ = false;
    std::uint64_t first_ =
        0; ///< done at the first update: what an earlier run left does not count for the rate
    Clock::time_point start_;
    Clock::time_point last_;
};

/// "48% (231.0 of 480.1 MB, 12.4 MB/s, 20 s left)" or, with an unknown total, "231.0 MB, 12.4
/// MB/s". `elapsed` is the time in which the work went from `first` to `done`.
std::string describeProgress(host::WorkDone::Unit unit, std::uint64_t first, std::uint64_t done,
                             std::uint64_t total, std::chrono::duration<double> elapsed);

} // namespace driverctl
