#include "loader/daemons/daemon_processes.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fmt/format.h>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace loader {

namespace {

constexpr std::string_view kVariable = "DRIVERCTL_DAEMON=";
constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kKillLimit{5};

struct Row {
    host::ProcessIdentity process;
    pid_t parent = 0;
    pid_t session = 0;
    std::string word; ///< that its daemon was started with, or empty
};

/// What the words of all daemons have in common that a process starts.
std::string startedBy(const host::ProcessIdentity& process) {
    return fmt::format("-{}-{}-", process.pid, process.startTime);
}

std::string wordIn(const std::string& environment) {
    for (std::size_t at = 0; at < environment.size();) {
        const auto end = std::min(environment.find('\0', at), environment.size());
        if (std::string entry = environment.substr(at, end - at); entry.starts_with(kVariable)) {
            return entry;
        }
        at = end + 1;
    }
    return "";
}

/// /proc/<pid>/stat from the state on: "S parent group session …" (proc(5)).
std::optional<Row> readRow(const std::filesystem::path& directory, pid_t pid) {
    const auto identity = host::identityOf(pid, directory.parent_path());
    if (!identity) {
        return std::nullopt;
    }
    Row row{.process = *identity};
    try {
        const std::string stat = host::readFileIfExists(directory / "stat").value_or("");
        std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
        std::string state;
        pid_t group = 0;
        fields >> state >> row.parent >> group >> row.session;
        row.word = wordIn(host::readFileIfExists(directory / "environ").value_or(""));
    } catch (const host::Error&) { // it has ended, or is not ours to look at
        return row;
    }
    return row;
}

std::vector<Row> readRows(const std::filesystem::path& proc) {
    std::vector<Row> rows;
    std::error_code error;
    const auto entries = host::entriesOf(proc, error);
    if (error) {
        host::throwErrno("list", proc.string(), error.value());
    }
    for (const auto& entry : entries) {
        const std::string name = entry.filename().string();
        const auto pid = host::toNumber<pid_t>(name);
        if (pid && *pid != ::getpid()) {
            if (const auto row = readRow(entry, *pid)) {
                rows.push_back(*row);
            }
        }
    }
    return rows;
}

void signalAll(const std::vector<host::ProcessIdentity>& processes, int number) {
    for (const auto& process : processes) {
        if (const auto held = host::hold(process)) {
            held->signal(number);
        }
    }
}

} // namespace

DaemonProcesses::DaemonProcesses(const std::string& name) {
    static std::atomic<unsigned> count{0};
    const auto own = host::identityOf(::getpid()).value_or(host::ProcessIdentity{});
    word_ = fmt::format("{}{}{}{}", kVariable, name, startedBy(own), ++count);
}

std::vector<host::ProcessIdentity> DaemonProcesses::find(pid_t main,
                                                         const std::filesystem::path& proc) const {
    const std::vector<Row> rows = readRows(proc);
    std::set<pid_t> pids;
    std::set<pid_t> sessions;
    const pid_t ownSession = ::getsid(0);
    // Each round finds the children and the sessions of those that the round before found.
    for (std::size_t before = pids.size() + 1; before != pids.size();) {
        before = pids.size();
        for (const Row& row : rows) {
            if (row.word == word_ || row.process.pid == main || pids.contains(row.parent) ||
                sessions.contains(row.session)) {
                pids.insert(row.process.pid);
                // 0: one that is led from another PID namespace
                if (row.session != ownSession && row.session != 0) {
                    sessions.insert(row.session);
                }
            }
        }
    }
    std::vector<host::ProcessIdentity> found;
    for (const Row& row : rows) {
        if (pids.contains(row.process.pid)) {
            found.push_back(row.process);
        }
    }
    return found;
}

void DaemonProcesses::end(pid_t main, std::chrono::milliseconds limit) const {
    const auto start = std::chrono::steady_clock::now();
    signalAll(find(main), SIGTERM);
    for (auto left = find(main); !left.empty(); left = find(main)) {
        const auto waited = std::chrono::steady_clock::now() - start;
        if (waited >= limit + kKillLimit) {
            return;
        }
        if (waited >= limit) {
            signalAll(left, SIGKILL);
        }
        std::this_thread::sleep_for(kPoll);
    }
}

std::vector<host::ProcessIdentity> runningDaemons(const NodeState& state,
                                                  const std::filesystem::path& proc) {
    std::vector<host::ProcessIdentity> running;
    for (const auto& daemon : state.daemons) {
        if (host::isRunning(daemon.process, proc)) {
            running.push_back(daemon.process);
        }
    }
    const std::string started = startedBy(state.process);
    for (const Row& row : readRows(proc)) {
        const bool isKnown = std::ranges::find(running, row.process.pid,
                                               &host::ProcessIdentity::pid) != running.end();
        if (!isKnown && row.word.find(started) != std::string::npos) {
            running.push_back(row.process);
        }
    }
    return running;
}

} // namespace loader
