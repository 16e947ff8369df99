#include "loader/daemon.h"

#include "host/error.h"
#include "host/file.h"
#include "host/process.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace loader {

namespace {

constexpr std::chrono::seconds kFirstDelay{1};
constexpr std::chrono::seconds kLongestDelay{60};
constexpr std::chrono::minutes kStable{10};
constexpr std::size_t kKeptLines = 5;

bool endsWithin(int pidfd, std::chrono::milliseconds limit) {
    pollfd poll{pidfd, POLLIN, 0};
    return ::poll(&poll, 1, static_cast<int>(limit.count())) > 0;
}

host::Fd watch(pid_t pid) {
    return host::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void terminate(pid_t pid, const host::Fd& pidfd, std::chrono::milliseconds limit) {
    ::kill(pid, SIGTERM);
    if (!endsWithin(pidfd.get(), limit)) {
        ::kill(pid, SIGKILL);
        endsWithin(pidfd.get(), limit);
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

void endProcess(const ProcessIdentity& process, std::chrono::milliseconds limit) {
    const host::Fd pidfd = watch(process.pid);
    if (pidfd && isRunning(process)) {
        terminate(process.pid, pidfd, limit);
    }
}

Daemon::Daemon(DaemonSpec spec, std::function<void(const std::string&)> onLine)
    : spec_(std::move(spec)), onLine_(std::move(onLine)) {}

void Daemon::start() {
    std::filesystem::create_directories(spec_.pidFile.parent_path());
    std::filesystem::remove(spec_.pidFile);
    std::vector<std::string> words;
    host::Process foreground({.argv = spec_.argv, .onLine = [&](std::string_view line) {
                                  onLine_(std::string(line));
                                  words.emplace_back(line);
                                  if (words.size() > kKeptLines) {
                                      words.erase(words.begin());
                                  }
                              }});
    const auto fail = [&](const std::string& cause) {
        std::string said;
        for (const std::string& word : words) {
            said += "; it says: " + word;
        }
        throw host::Error(fmt::format("{} does not start: {}{}", spec_.name, cause, said),
                          spec_.remedy);
    };
    const auto status = foreground.waitFor(spec_.startLimit);
    if (!status) {
        fail(fmt::format("it was not ready within {} s", spec_.startLimit.count() / 1000));
    }
    if (!status->success()) {
        fail("it ended with " + status->describe());
    }
    const std::string text = host::readLineIfExists(spec_.pidFile).value_or("");
    pid_t pid = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), pid).ec != std::errc{} ||
        pid <= 0) {
        fail(fmt::format("its pid file {} holds no pid", spec_.pidFile.string()));
    }
    pidfd_ = watch(pid);
    if (!pidfd_) {
        fail(fmt::format("process {} of its pid file is not there", pid));
    }
    pid_ = pid;
}

void Daemon::stop() {
    if (!pidfd_) {
        return;
    }
    terminate(pid_, pidfd_, spec_.stopLimit);
    ended();
}

void Daemon::ended() {
    ::waitpid(pid_, nullptr, WNOHANG);
    pidfd_.reset();
    pid_ = -1;
}

std::chrono::seconds Backoff::next(Clock::time_point now) {
    const bool stable = delay_.count() == 0 || now - started_ >= kStable;
    delay_ = stable ? kFirstDelay : std::min(delay_ * 2, kLongestDelay);
    return delay_;
}

} // namespace loader
