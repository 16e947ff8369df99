#include "loader/daemons/daemon.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"
#include "host/kernel/module.h"
#include "host/process/process.h"
#include "host/process/signals.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace loader {

namespace {

constexpr std::chrono::seconds kFirstDelay{1};
constexpr std::chrono::seconds kLongestDelay{60};
constexpr std::chrono::minutes kStable{10};
constexpr std::size_t kKeptLines = 5;

void terminate(const host::PidFd& process, std::chrono::milliseconds limit) {
    process.signal(SIGTERM);
    if (!process.endsWithin(limit)) {
        process.signal(SIGKILL);
        static_cast<void>(process.endsWithin(limit)); // the kernel may not let it die
    }
}

} // namespace

void becomeSubreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        host::throwErrno("become", "the parent of orphans");
    }
}

void reapChildren() {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

void endProcess(const host::ProcessIdentity& process, std::chrono::milliseconds limit) {
    if (const auto held = host::hold(process)) {
        terminate(*held, limit);
    }
}

Daemon::Daemon(DaemonSpec spec, std::function<void(const std::string&)> onLine)
    : spec_(std::move(spec)), onLine_(std::move(onLine)) {}

std::optional<std::string> Daemon::missingModule() const {
    const auto missing = std::ranges::find_if(
        spec_.modules, [](const std::string& name) { return !host::loadedModule(name); });
    return missing == spec_.modules.end() ? std::nullopt : std::optional(*missing);
}

void Daemon::waitForModules(host::SignalSet* stop) const {
    constexpr std::chrono::milliseconds kPoll{200};
    std::string told;
    for (std::chrono::milliseconds waited{0}; waited < spec_.moduleLimit; waited += kPoll) {
        const auto missing = missingModule();
        if (!missing) {
            return;
        }
        if (*missing != told) {
            onLine_(fmt::format("waiting for module {}", *missing));
            told = *missing;
        }
        host::throwIfPending(stop);
        std::this_thread::sleep_for(kPoll);
    }
}

void Daemon::start(host::SignalSet* stop) {
    if (const auto missing = missingModule()) {
        throw host::Error(
            fmt::format("{} does not start: module {} is not loaded", spec_.name, *missing),
            "Load it on the host, or let NVIDIA's network operator do that.");
    }
    processes_.emplace(spec_.name);
    try {
        launch(stop);
    } catch (...) {
        processes_->end(0, spec_.stopLimit);
        throw;
    }
}

/// Why it is not ready; empty: its foreground process ended well.
std::string Daemon::run(std::vector<std::string>& words, host::SignalSet* stop) const {
    host::Process foreground({.argv = spec_.argv,
                              .moreEnvironment = {processes_->word()},
                              .onLine = [&](std::string_view line) {
                                  onLine_(std::string(line));
                                  words.emplace_back(line);
                                  if (words.size() > kKeptLines) {
                                      words.erase(words.begin());
                                  }
                              }});
    const auto status = foreground.waitFor(spec_.startLimit, stop);
    if (!status) {
        processes_->end(foreground.pid(), spec_.stopLimit);
        return fmt::format("it was not ready within {} s", spec_.startLimit.count() / 1000);
    }
    return status->success() ? "" : "it ended with " + status->describe();
}

void Daemon::launch(host::SignalSet* stop) {
    host::makeDirectories(spec_.pidFile.parent_path());
    std::filesystem::remove(spec_.pidFile);
    std::vector<std::string> words;
    const auto fail = [&](const std::string& cause) {
        std::string said;
        for (const std::string& word : words) {
            said += "; it says: " + word;
        }
        throw host::Error(fmt::format("{} does not start: {}{}", spec_.name, cause, said),
                          spec_.remedy);
    };
    if (const std::string cause = run(words, stop); !cause.empty()) {
        fail(cause);
    }
    const auto line = host::readRegularLineIfExists(spec_.pidFile);
    const pid_t pid = host::toNumber<pid_t>(line.value_or("")).value_or(0);
    if (pid <= 0) {
        fail(fmt::format("its pid file {} holds no pid", spec_.pidFile.string()));
    }
    auto process = host::PidFd::open(pid);
    if (!process) {
        fail(fmt::format("process {} of its pid file is not there", pid));
    }
    process_ = std::move(*process);
    pid_ = pid;
}

void Daemon::stop() {
    if (!process_) {
        return;
    }
    terminate(process_, spec_.stopLimit);
    ended();
}

void Daemon::ended() {
    ::waitpid(pid_, nullptr, WNOHANG);
    process_ = {};
    pid_ = -1;
    processes_->end(0, spec_.stopLimit);
}

std::chrono::seconds Backoff::next(Clock::time_point now) {
    const bool stable = delay_.count() == 0 || now - started_ >= kStable;
    delay_ = stable ? kFirstDelay : std::min(delay_ * 2, kLongestDelay);
    return delay_;
}

} // namespace loader
