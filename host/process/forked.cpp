#include "host/process/forked.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/process/exit_status.h"
#include "host/process/pid_fd.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestAnswer = 1 << 20;
constexpr std::chrono::seconds kTimeToDie{1};

/// Closes every descriptor but the standard ones and those; false when the kernel does not
/// (close_range(2), Linux 5.9).
bool closeAllBut(std::vector<int> kept) {
    kept.push_back(STDERR_FILENO);
    std::ranges::sort(kept);
    const auto close = [](int after, unsigned before) {
        const auto first = static_cast<unsigned>(after) + 1;
        return first >= before || ::syscall(SYS_close_range, first, before - 1, 0) == 0;
    };
    for (std::size_t index = 1; index < kept.size(); ++index) {
        if (!close(kept[index - 1], static_cast<unsigned>(kept[index]))) {
            return false;
        }
    }
    return close(kept.back(), ~0U);
}

[[noreturn]] void answer(const std::function<std::string()>& function, int output, pid_t parent,
                         std::vector<int> kept) {
    const rlimit none{0, 0};
    int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) { // a root without devices; empty, too
        null = ::memfd_create("null", MFD_CLOEXEC);
    }
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent ||
        ::setrlimit(RLIMIT_CORE, &none) != 0 || null < 0) {
        ::_exit(EXIT_FAILURE);
    }
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        ::dup2(null, standard);
    }
    kept.push_back(output);
    if (!closeAllBut(std::move(kept))) {
        ::_exit(EXIT_FAILURE);
    }
    try {
        writeAll(output, function(), "the answer");
    } catch (...) {
        ::_exit(EXIT_FAILURE);
    }
    ::_exit(EXIT_SUCCESS);
}

/// Polls readable when the process was asked to end and has such signals blocked; takes none.
Fd requestsToEnd() {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    Fd requests(::signalfd(-1, &mask, SFD_CLOEXEC));
    if (!requests) {
        throwErrno("create", "a signal descriptor");
    }
    return requests;
}

enum class Reading { Whole, Late, Interrupted };

/// All that comes until the end of the pipe. Too much is as if it never came.
Reading readUntil(const Fd& input, const Fd& stop, Clock::time_point end, std::string& text) {
    constexpr std::size_t kPiece = 16 << 10;
    char buffer[kPiece];
    while (text.size() <= kLargestAnswer) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd polled[] = {{input.get(), POLLIN, 0}, {stop.get(), POLLIN, 0}};
        const int ready = left > 0 ? ::poll(polled, std::size(polled), static_cast<int>(left)) : 0;
        if (ready == 0) {
            return Reading::Late;
        }
        if (ready > 0 && polled[0].revents == 0) {
            return Reading::Interrupted;
        }
        const ssize_t count = ready > 0 ? ::read(input.get(), buffer, sizeof buffer) : -1;
        if (count == 0) {
            return Reading::Whole;
        }
        if (count < 0 && errno != EINTR) {
            throwErrno("read", "the answer");
        }
        text.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return Reading::Late;
}

/// How it ended; nothing when even SIGKILL did not end it.
std::optional<ExitStatus> end(pid_t child, const std::optional<PidFd>& process, bool kill) {
    if (kill && process) {
        process->signal(SIGKILL);
    }
    int status = 0;
    if ((process && !process->endsWithin(kTimeToDie)) || ::waitpid(child, &status, 0) != child) {
        return std::nullopt;
    }
    return toExitStatus(status);
}

} // namespace

std::string answerOfChild(const std::function<std::string()>& function,
                          std::chrono::milliseconds limit, std::vector<int> kept) {
    const Fd stop = requestsToEnd();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throwErrno("create", "a pipe");
    }
    const Fd input(ends[0]);
    Fd output(ends[1]);
    const auto until = Clock::now() + limit;
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
        throwErrno("start", "a child process");
    }
    if (child == 0) {
        answer(function, output.get(), parent, std::move(kept));
    }
    output.reset();
    const auto process = PidFd::open(child); // there until it is reaped
    std::string text;
    const Reading reading = readUntil(input, stop, until, text);
    const auto ended = end(child, process, reading != Reading::Whole);
    if (reading == Reading::Late) {
        throw Error(fmt::format("it did not answer within {} s",
                                std::chrono::ceil<std::chrono::seconds>(limit).count()),
                    "Look for a file system or a device that hangs.");
    }
    if (reading == Reading::Interrupted) {
        throw Error("it was interrupted");
    }
    if (!ended || !ended->success()) {
        throw Error("it ended with " + (ended ? ended->describe() : "no answer"),
                    "Look in the kernel's log: it tells of crashes, and who is killed when memory "
                    "runs out.");
    }
    return text;
}

} // namespace host
