/// Signals as data: blocked for the process and read from a descriptor, so that nothing runs in a
/// handler.
#pragma once

#include "host/base/fd.h"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <vector>

namespace host {

/// Thrown where work ends because a signal asked for it; the exit code is 128 + number. No Error:
/// nothing failed, and what handles failures must not keep it.
class Interrupted : public std::runtime_error {
  public:
    explicit Interrupted(int number);
    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_;
};

/// Blocks the signals, but for those that are ignored (nohup), in the calling thread (make it
/// before any other starts) and unblocks them when it dies. Children of host::Process block none.
class SignalSet {
  public:
    explicit SignalSet(std::initializer_list<int> signals);
    SignalSet(const SignalSet&) = delete;
    SignalSet& operator=(const SignalSet&) = delete;
    SignalSet(SignalSet&&) = delete;
    SignalSet& operator=(SignalSet&&) = delete;
    ~SignalSet();

    /// Polls readable when one of the signals is pending.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// Takes the next pending signal; nothing when none arrives within `limit` (negative: waits for
    /// ever).
    std::optional<int> next(std::chrono::milliseconds limit);
    /// Throws Interrupted when one is pending.
    void throwIfPending();

  private:
    Fd fd_;
    std::vector<int> signals_;
};

/// As SignalSet::throwIfPending(); where there is no `stop`, none is heard.
void throwIfPending(SignalSet* stop);

/// The same for what waits by asking its caller whether to go on (FileLock). Nothing where there is
/// no `stop`.
std::function<void()> interruptedBy(SignalSet* stop);

} // namespace host
