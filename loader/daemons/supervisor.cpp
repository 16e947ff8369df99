#include "loader/daemons/supervisor.h"

#include "host/base/error.h"
#include "host/process/process.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace loader {

Supervisor::Supervisor(std::vector<DaemonSpec> specs, host::Observer observer,
                       host::SignalSet* stop)
    : observer_(std::move(observer)), stop_(stop) {
    entries_.reserve(specs.size());
    for (auto& spec : specs) {
        const auto say = [note = observer_.note, name = spec.name](const std::string& line) {
            note(fmt::format("{}: {}", name, line));
        };
        entries_.push_back(
            {.daemon = Daemon(std::move(spec), say), .backoff = {}, .restartAt = {}});
    }
}

void Supervisor::start() {
    try {
        for (Entry& entry : entries_) {
            startFirst(entry);
        }
    } catch (...) {
        stop();
        throw;
    }
}

void Supervisor::startFirst(Entry& entry) {
    const DaemonSpec& spec = entry.daemon.spec();
    try {
        entry.daemon.waitForModules(stop_);
        entry.daemon.start(stop_);
        entry.backoff.started(Backoff::Clock::now());
        finish(spec);
    } catch (const host::Error& error) {
        if (spec.required) {
            throw;
        }
        entry.leftOut = true;
        observer_.warn(fmt::format("{}; going on without it", error.what()));
    }
}

/// The daemon runs, whatever becomes of this.
void Supervisor::finish(const DaemonSpec& spec) const {
    if (spec.onceStarted.empty()) {
        return;
    }
    const auto done = host::run({.argv = spec.onceStarted}, stop_);
    if (!done.status.success()) {
        observer_.warn(fmt::format("{} ended with {}, after the start of {}: {}",
                                   fmt::join(spec.onceStarted, " "), done.status.describe(),
                                   spec.name, done.text));
    }
}

void Supervisor::stop() {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        entry->restartAt.reset();
        entry->daemon.stop();
    }
}

void Supervisor::resume() {
    const auto now = Backoff::Clock::now();
    for (Entry& entry : entries_) {
        if (!entry.leftOut) {
            entry.restartAt = now;
        }
    }
    for (Entry& entry : entries_) {
        if (entry.restartAt) {
            startAgain(entry, now);
        }
    }
}

std::vector<pollfd> Supervisor::pollSet() const {
    std::vector<pollfd> set;
    for (const Entry& entry : entries_) {
        if (entry.daemon.pidfd() >= 0) {
            set.push_back({entry.daemon.pidfd(), POLLIN, 0});
        }
    }
    return set;
}

bool Supervisor::tick() {
    const auto now = Backoff::Clock::now();
    bool changed = false;
    for (Entry& entry : entries_) {
        pollfd poll{entry.daemon.pidfd(), POLLIN, 0};
        if (poll.fd >= 0 && ::poll(&poll, 1, 0) > 0) {
            ended(entry, now);
            changed = true;
        } else if (entry.restartAt && now >= *entry.restartAt) {
            ++entry.restarts;
            startAgain(entry, now);
            changed = true;
        }
    }
    reapChildren();
    return changed;
}

void Supervisor::ended(Entry& entry, Backoff::Clock::time_point now) {
    entry.daemon.ended();
    const auto delay = entry.backoff.next(now);
    entry.restartAt = now + delay;
    observer_.warn(fmt::format("{} has ended, it is started again in {} s",
                               entry.daemon.spec().name, delay.count()));
}

void Supervisor::startAgain(Entry& entry, Backoff::Clock::time_point now) {
    try {
        entry.daemon.start(stop_);
        entry.restartAt.reset();
        entry.backoff.started(now);
        observer_.note(fmt::format("{} runs again", entry.daemon.spec().name));
    } catch (const host::Error& error) {
        entry.restartAt = now + entry.backoff.next(now);
        observer_.warn(error.what());
    }
}

std::set<pid_t> Supervisor::pids() const {
    std::set<pid_t> pids;
    for (const Entry& entry : entries_) {
        if (entry.daemon.pid() > 0) {
            pids.insert(entry.daemon.pid());
        }
    }
    return pids;
}

std::vector<NodeState::Daemon> Supervisor::describe() const {
    std::vector<NodeState::Daemon> daemons;
    for (const Entry& entry : entries_) {
        const auto process =
            entry.daemon.pid() > 0 ? host::identityOf(entry.daemon.pid()) : std::nullopt;
        daemons.push_back(
            {entry.daemon.spec().name, process.value_or(host::ProcessIdentity{}), entry.restarts});
    }
    return daemons;
}

} // namespace loader
