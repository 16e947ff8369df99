#include "host/process/process.h"

#include "host/base/error.h"
#include "host/process/child.h"
#include "host/process/signals.h"

#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::size_t kLongestLine = 64 << 10;
constexpr std::size_t kReadSize = 16 << 10;
constexpr std::size_t kPipeCapacity = 64 << 10; ///< pipe(7)
constexpr std::size_t kLargestOutput = 16 << 20;
constexpr std::chrono::seconds kGrace{5};
constexpr std::chrono::milliseconds kTimeToDie{5000}; ///< after SIGKILL

struct Pipe {
    Fd read;
    Fd write;
};

Pipe makePipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throwErrno("create", "a pipe");
    }
    return {Fd(ends[0]), Fd(ends[1])};
}

std::string tailOf(const std::string& text) {
    constexpr std::size_t kTail = 2000;
    return text.size() <= kTail ? text : "…" + text.substr(text.size() - kTail);
}

} // namespace

Process::Process(Command command) : onLine_(std::move(command.onLine)) {
    if (command.argv.empty()) {
        throw Error("an empty command cannot be started");
    }
    Pipe failure = makePipe();
    Pipe output;
    if (onLine_) {
        output = makePipe();
    }
    const child::Plan plan(command, onLine_ ? output.write.get() : -1, failure.write.get());
    pid_ = ::fork();
    if (pid_ < 0) {
        throwErrno("start", command.argv.front());
    }
    if (pid_ == 0) {
        child::start(plan);
    }
    failure.write.reset();
    output_ = std::move(output.read);
    child::Failure report{};
    ssize_t count = -1;
    do {
        count = ::read(failure.read.get(), &report, sizeof report);
    } while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(sizeof report)) {
        ::waitpid(std::exchange(pid_, -1), nullptr, 0);
        throwErrno(child::describe(report.step), command.argv.front(), report.error);
    }
    try {
        pidFd_ = PidFd::open(pid_).value(); // there until it is reaped
    } catch (...) {
        ::kill(pid_, SIGKILL);
        ::waitpid(std::exchange(pid_, -1), nullptr, 0);
        throw;
    }
}

Process::Process(Process&& other) noexcept
    : ended_(other.ended_), pid_(std::exchange(other.pid_, -1)), pidFd_(std::move(other.pidFd_)),
      output_(std::move(other.output_)), pending_(std::move(other.pending_)),
      onLine_(std::move(other.onLine_)) {}

Process::~Process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        pollfd ended{pidFd_.fd(), POLLIN, 0};
        static_cast<void>(::poll(&ended, 1, static_cast<int>(kTimeToDie.count())));
        ::waitpid(pid_, nullptr, WNOHANG);
    }
}

void Process::pump(int timeoutMilliseconds) {
    pollfd poll{output_.get(), POLLIN, 0};
    if (::poll(&poll, 1, timeoutMilliseconds) <= 0) {
        return;
    }
    char buffer[kReadSize];
    const ssize_t count = ::read(output_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) {
        return;
    }
    if (count > 0) {
        pending_.append(buffer, static_cast<std::size_t>(count));
    } else {
        output_.reset();
    }
    std::size_t start = 0;
    for (std::size_t end = 0; (end = pending_.find('\n', start)) != std::string::npos;
         start = end + 1) {
        onLine_(std::string_view(pending_).substr(start, end - start));
    }
    pending_.erase(0, start);
    if (!pending_.empty() && (!output_ || pending_.size() > kLongestLine)) {
        onLine_(std::exchange(pending_, {}));
    }
}

ExitStatus Process::wait(SignalSet* stop) {
    while (!waitFor(std::chrono::hours(1), stop)) {
    }
    return *ended_;
}

std::optional<ExitStatus> Process::waitFor(std::chrono::milliseconds limit, SignalSet* stop) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!ended_) {
        if (output_) {
            pump(0);
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd polls[] = {{pidFd_.fd(), POLLIN, 0},
                          {output_.get(), POLLIN, 0},
                          {stop == nullptr ? -1 : stop->fd(), POLLIN, 0}};
        const int ready = ::poll(polls, 3, std::max(0, static_cast<int>(left.count())));
        if (ready < 0 && errno != EINTR) {
            throwErrno("wait for", "a process");
        }
        if ((polls[0].revents & POLLIN) != 0) {
            reap();
        } else if ((polls[2].revents & POLLIN) != 0) {
            end();
            stop->throwIfPending();
        } else if (ready == 0 || left.count() <= 0) { // a child that never pauses is no excuse
            return std::nullopt;
        }
    }
    return ended_;
}

void Process::end() {
    signal(SIGTERM);
    if (!waitFor(kGrace)) {
        signal(SIGKILL);
        waitFor(kGrace);
    }
}

void Process::reap() {
    // A descendant may hold the pipe, or write to it, for ever: what is there now, at most a full
    // pipe and the end of the file, is all that counts.
    for (std::size_t reads = 0; output_ && reads < kPipeCapacity / kReadSize + 2; ++reads) {
        pump(0);
    }
    output_.reset();
    if (!pending_.empty()) {
        onLine_(std::exchange(pending_, {}));
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno != EINTR) {
            throwErrno("reap", "a process");
        }
    }
    pid_ = -1;
    ended_ = toExitStatus(status);
}

void Process::signal(int number) const {
    if (pid_ > 0) {
        pidFd_.signal(number);
    }
}

Output run(Command command, SignalSet* stop) {
    Output output;
    command.onLine = [&output](std::string_view line) {
        if (output.text.size() + line.size() < kLargestOutput) {
            output.text.append(line).append("\n");
        }
    };
    output.status = Process(std::move(command)).wait(stop);
    return output;
}

std::string runChecked(Command command) {
    const std::string name = command.argv.empty() ? "" : command.argv.front();
    Output output = run(std::move(command));
    if (!output.status.success()) {
        throw Error(fmt::format("{} failed with {}: {}", name, output.status.describe(),
                                tailOf(output.text)));
    }
    return std::move(output.text);
}

} // namespace host
