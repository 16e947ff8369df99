/// All processes of one daemon, also those that left its session, its process group and its parent.
///
/// They are found by a word in the environment that the daemon is started with, which every
/// descendant inherits; by the sessions of those that have it; and by descent. Owns nothing: the
/// processes are looked up in /proc at every call.
#pragma once

#include "host/process/process_identity.h"
#include "loader/state.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace loader {

class DaemonProcesses {
  public:
    /// One for each start: no other process has the same word.
    explicit DaemonProcesses(const std::string& name);

    /// "NAME=value", for the environment of the daemon's first process.
    [[nodiscard]] const std::string& word() const noexcept { return word_; }
    /// Those that run (zombies do not). This process and its session are never among them. `main`
    /// is one that is known to belong to the daemon, or 0.
    [[nodiscard]] std::vector<host::ProcessIdentity>
    find(pid_t main, const std::filesystem::path& proc = "/proc") const;
    /// SIGTERM to all of them, and SIGKILL after `limit` until none is left; gives up 5 s later on
    /// those that the kernel does not let die. Reaps nobody.
    void end(pid_t main, std::chrono::milliseconds limit) const;

  private:
    std::string word_;
};

/// The daemons of the record that still run, and all processes of those that its init started and
/// did not come to record before it was killed.
std::vector<host::ProcessIdentity> runningDaemons(const NodeState& state,
                                                  const std::filesystem::path& proc = "/proc");

} // namespace loader
