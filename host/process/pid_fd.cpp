#include "host/process/pid_fd.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace host {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::optional<PidFd> PidFd::open(pid_t pid) {
    Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd && errno != ESRCH) {
        throwErrno("watch", fmt::format("process {}", pid));
    }
    return fd ? std::optional(PidFd(std::move(fd))) : std::nullopt;
}

void PidFd::signal(int number) const {
    if (::syscall(SYS_pidfd_send_signal, fd_.get(), number, nullptr, 0) != 0 && errno != ESRCH) {
        throwErrno(fmt::format("send signal {} to", number), "a process");
    }
}

bool PidFd::endsWithin(milliseconds limit) const {
    const auto deadline = steady_clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
        pollfd poll{fd_.get(), POLLIN, 0};
        const int ready = ::poll(&poll, 1, std::max(0, static_cast<int>(left.count())));
        if (ready < 0 && errno != EINTR) {
            throwErrno("wait for", "a process");
        }
        if (ready >= 0) {
            return ready > 0;
        }
    }
}

} // namespace host
