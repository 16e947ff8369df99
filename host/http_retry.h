/// Trying again, as all of host/'s HTTP does it: private to host/http.cpp and
/// host/http_session.cpp.
#pragma once

#include "host/error.h"
#include "host/http.h"
#include "host/signals.h"

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

/// Calls `once` until it succeeds; attempts count from the last one that made `progress` grow.
template <typename Once, typename Progress>
auto withRetries(const HttpOptions& options, Once&& once, Progress&& progress) {
    std::minstd_rand random{std::random_device{}()};
    std::uint64_t reached = progress();
    auto delay = options.firstDelay;
    for (int failures = 0;;) {
        try {
            return once();
        } catch (const TransientError& error) {
            if (progress() > reached) {
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
