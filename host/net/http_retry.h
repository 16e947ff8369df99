/// Trying again, as all of host/'s HTTP does it: private to this folder.
#pragma once

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/net/http.h"
#include "host/process/signals.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <random>
#include <thread>

namespace host {

/// A failure that another attempt may mend.
class TransientError : public Error {
  public:
    TransientError(const std::string& message, const std::string& remedy,
                   std::chrono::seconds wanted = std::chrono::seconds(0))
        : Error(message, remedy), retryAfter(wanted) {}
    std::chrono::seconds retryAfter; ///< what the server asked for
};

/// How long a server is waited for, over all attempts of one call: HttpOptions' grace and slowest
/// rate. Starts when it is made.
class Patience {
  public:
    /// `there`: bytes that an earlier call brought.
    explicit Patience(const HttpOptions& options, std::uint64_t there = 0)
        : grace_(options.grace), rate_(std::max<std::uint64_t>(options.slowestBytesPerSecond, 1)),
          there_(there) {}

    /// Whether it lasts for `ahead` more; there are `bytes` by now.
    bool lasts(std::uint64_t bytes, std::chrono::milliseconds ahead = {}) {
        constexpr std::uint64_t kMilliseconds = 1000;
        there_ = std::min(there_, bytes);        // it had to start again
        most_ = std::max(most_, bytes - there_); // an attempt that breaks loses none of it
        return gone() + ahead <= grace_ + std::chrono::milliseconds(most_ / rate_ * kMilliseconds);
    }
    /// Throws Error when it has run out.
    void require(const Address& url, std::uint64_t bytes) {
        if (!lasts(bytes)) {
            throw Error(fmt::format("{} is too slow: {} bytes in {:.0f} s", url, bytes - there_,
                                    std::chrono::duration<double>(gone()).count()),
                        "Name another server, or try again later.");
        }
    }

  private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] std::chrono::milliseconds gone() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
    }
    Clock::time_point start_ = Clock::now();
    std::chrono::milliseconds grace_;
    std::uint64_t rate_;
    std::uint64_t there_;
    std::uint64_t most_ = 0;
};

/// Waits, but not longer than until a signal arrives.
inline void pause(std::chrono::milliseconds delay, SignalSet* stop) {
    constexpr std::chrono::milliseconds kSignalPoll{100};
    const auto end = std::chrono::steady_clock::now() + delay;
    while (std::chrono::steady_clock::now() < end) {
        if (stop != nullptr) {
            stop->throwIfPending();
        }
        std::this_thread::sleep_for(std::min(delay, kSignalPoll));
    }
}

/// Calls `once` until it succeeds, patience or attempts run out; attempts count from the last one
/// that made `progress` (in bytes) grow by what is worth a further connection.
template <typename Once, typename Progress>
auto withRetries(const HttpOptions& options, Patience& patience, Once&& once, Progress&& progress) {
    constexpr std::uint64_t kWorthIt = 64 << 10;
    std::minstd_rand random{std::random_device{}()};
    std::uint64_t reached = progress();
    auto delay = options.firstDelay;
    for (int failures = 0;;) {
        try {
            return once();
        } catch (const TransientError& error) {
            if (progress() >= reached + kWorthIt) {
                reached = progress();
                failures = 0;
                delay = options.firstDelay;
            }
            if (++failures >= options.attempts) {
                throw Error(fmt::format("{} ({} attempts)", error.what(), failures),
                            error.remedy());
            }
            // Half fixed, half random: a fleet does not come back all at once.
            const auto half = delay.count() / 2;
            auto wait = std::chrono::milliseconds(
                half + std::uniform_int_distribution<std::int64_t>(0, half)(random));
            wait = std::max<std::chrono::milliseconds>(
                wait, std::min<std::chrono::milliseconds>(error.retryAfter, options.longestDelay));
            if (!patience.lasts(progress(), wait)) {
                throw Error(
                    fmt::format("{} ({} attempts, too slow to go on)", error.what(), failures),
                    error.remedy());
            }
            if (options.onRetry) {
                options.onRetry(fmt::format("{}; trying again in {:.1f} s", error.what(),
                                            std::chrono::duration<double>(wait).count()));
            }
            pause(wait, options.stop);
            delay = std::min(delay * 2, options.longestDelay);
        }
    }
}

} // namespace host
