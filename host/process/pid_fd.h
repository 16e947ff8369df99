/// A process, held by a descriptor (pidfd_open, Linux 5.3): it stays that very process, where a pid
/// may be another's by the time it is used.
///
/// Owns the descriptor, not the process: it is neither ended nor reaped here, and need not be a
/// child. Everything throws SystemError.
#pragma once

#include "host/base/fd.h"

#include <chrono>
#include <optional>
#include <sys/types.h>

namespace host {

class PidFd {
  public:
    /// No process: it takes no signal (EBADF) and never ends.
    PidFd() = default;

    /// Nothing when there is no such process. One that has ended and was not reaped is there. Who
    /// got the number from elsewhere has to look now, with the descriptor in hand, whether it is
    /// the process that was meant.
    static std::optional<PidFd> open(pid_t pid);

    /// Polls readable once the process has ended; -1: no process.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

    /// Sends a signal; a process that has ended is none the worse for it.
    void signal(int number) const;

    /// Whether it has ended, or does within `limit`.
    [[nodiscard]] bool endsWithin(std::chrono::milliseconds limit) const;

  private:
    explicit PidFd(Fd fd) : fd_(std::move(fd)) {}

    Fd fd_;
};

} // namespace host
