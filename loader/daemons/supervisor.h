/// The driver's daemons while init runs: started in order, started again when they end, stopped in
/// reverse.
///
/// Owns them. Single-threaded: the caller polls pollSet() and calls tick() when something is
/// readable or a second has passed. A daemon that ends is started again after 1 s, doubling to 60
/// s.
#pragma once

#include "host/base/observer.h"
#include "loader/daemons/daemon.h"
#include "loader/state.h"

#include <optional>
#include <poll.h>
#include <set>
#include <string>
#include <vector>

namespace loader {

class Supervisor {
  public:
    /// `observer` gets what the daemons say, and what happens to them. While one starts, a pending
    /// signal of `stop` ends that start, and start(), resume() and tick() throw host::Interrupted.
    Supervisor(std::vector<DaemonSpec> specs, host::Observer observer,
               host::SignalSet* stop = nullptr);

    /// Waits for the modules that a daemon needs. A required daemon that does not start stops the
    /// others and throws, and so does a signal; an optional one is reported and left out.
    void start();
    void stop();
    /// Takes a stop() back. What does not start is reported, and tried again as one that ended.
    void resume();
    /// True when something ended or was started again. What a signal kept from starting is due the
    /// next time.
    bool tick();
    [[nodiscard]] std::vector<pollfd> pollSet() const;

    [[nodiscard]] std::set<pid_t> pids() const; ///< of those that run
    [[nodiscard]] std::vector<NodeState::Daemon> describe() const;

  private:
    struct Entry {
        Daemon daemon;
        Backoff backoff;
        std::optional<Backoff::Clock::time_point> restartAt;
        unsigned restarts = 0;
        bool leftOut = false; ///< it did not start, and is optional
    };
    void finish(const DaemonSpec& spec) const;
    void startFirst(Entry& entry);
    void ended(Entry& entry, Backoff::Clock::time_point now);
    void startAgain(Entry& entry, Backoff::Clock::time_point now);

    std::vector<Entry> entries_;
    host::Observer observer_;
    host::SignalSet* stop_;
};

} // namespace loader
