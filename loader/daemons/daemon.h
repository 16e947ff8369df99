/// One of the driver's daemons, which goes into the background by itself and writes a pid file.
///
/// Owns the running daemon with all of its processes: start(), stop(), and a descriptor that tells
/// of its end. Whatever a start that failed, or a main process that ended, left behind is ended.
/// Restarts are the Supervisor's decision; Backoff says when. The process has to be a child
/// subreaper (becomeSubreaper) so that the daemon becomes its child and can be reaped.
#pragma once

#include "host/process/pid_fd.h"
#include "loader/daemons/daemon_processes.h"
#include "loader/state.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace host {
class SignalSet;
}

namespace loader {

/// Orphans below this process become its children, as if it were PID 1 (PR_SET_CHILD_SUBREAPER).
void becomeSubreaper();

/// Reaps every child that has ended. For PID 1 and subreapers; not while a host::Process is alive.
void reapChildren();

/// Ends it when it still is the process that was written down: SIGTERM, then, after `limit`,
/// SIGKILL. It need not be a child.
void endProcess(const host::ProcessIdentity& process, std::chrono::milliseconds limit);

struct DaemonSpec {
    struct File {
        std::filesystem::path path; ///< empty: there is none
        std::string content = {};
    };
    std::string name; ///< nvidia-persistenced
    std::vector<std::string> argv;
    std::filesystem::path pidFile;
    bool required = true; ///< init fails when it does not start
    std::string remedy = {};
    std::vector<std::string> modules = {};     ///< that have to be loaded first
    File configuration = {};                   ///< to be written first, by whoever starts it
    std::vector<std::string> onceStarted = {}; ///< a program to be run after the first start
    std::chrono::milliseconds moduleLimit{300000};
    std::chrono::milliseconds startLimit{60000};
    std::chrono::milliseconds stopLimit{10000};
};

class Daemon {
  public:
    /// `onLine` gets what the daemon says while it starts.
    Daemon(DaemonSpec spec, std::function<void(const std::string& line)> onLine);

    /// Waits until its modules are loaded, or the time for that is over. Throws host::Interrupted
    /// when a signal of `stop` is pending.
    void waitForModules(host::SignalSet* stop) const;
    /// Returns when the daemon is ready: its foreground process ended well and the pid file names a
    /// live process. Throws host::Error with its last words, or when a module is not loaded, and
    /// host::Interrupted as waitForModules() does; none of its processes runs then.
    void start(host::SignalSet* stop = nullptr);
    /// SIGTERM, then SIGKILL, to the main process and then to all others. Not running is fine.
    void stop();
    /// Polls readable once the daemon has ended; -1 while it is not running.
    [[nodiscard]] int pidfd() const noexcept { return process_.fd(); }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; } ///< -1: not running
    [[nodiscard]] const DaemonSpec& spec() const noexcept { return spec_; }
    /// To be called when pidfd() was readable.
    void ended();

  private:
    [[nodiscard]] std::optional<std::string> missingModule() const;
    void launch(host::SignalSet* stop);
    [[nodiscard]] std::string run(std::vector<std::string>& words, host::SignalSet* stop) const;

    DaemonSpec spec_;
    std::function<void(const std::string&)> onLine_;
    pid_t pid_ = -1;
    host::PidFd process_;
    std::optional<DaemonProcesses> processes_; ///< since the last start
};

/// How long to wait before the next restart: doubles from 1 s to 60 s, and starts again after a run
/// of 10 minutes.
class Backoff {
  public:
    using Clock = std::chrono::steady_clock;
    void started(Clock::time_point now) { started_ = now; }
    std::chrono::seconds next(Clock::time_point now);

  private:
    Clock::time_point started_;
    std::chrono::seconds delay_{0};
};

} // namespace loader
