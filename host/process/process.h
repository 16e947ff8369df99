/// Child processes, without a shell.
///
/// A Process owns one child: the destructor kills it with SIGKILL and reaps it (last resort; wait()
/// is the normal way), unless it does not die within 5 s: what a driver or a file system holds is
/// left to init. Every child dies with its parent thread (PR_SET_PDEATHSIG). A failing exec, chdir,
/// chroot or unshare in the child arrives in the parent as an Error that names the operation,
/// through a close-on-exec pipe. A child has no descriptor but 0, which is /dev/null, 1 and 2.
#pragma once

#include "host/base/fd.h"
#include "host/process/exit_status.h"
#include "host/process/pid_fd.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace host {

class SignalSet;

struct Command {
    std::vector<std::string> argv; ///< argv[0] is looked up in PATH when it holds no slash
    /// The complete environment ("NAME=value"); nothing: the parent's.
    std::optional<std::vector<std::string>> environment = {};
    std::vector<std::string> moreEnvironment = {}; ///< put behind it
    std::filesystem::path workingDirectory = {};   ///< after the chroot
    std::filesystem::path root = {};               ///< chroot there
    bool withoutNetwork = false;                   ///< own, empty network namespace
    /// Own PID namespace with a minimal init of ours as PID 1, and /proc of `root` mounted for it
    /// by that init (the caller is in a private mount namespace): when the parent dies, every
    /// descendant dies.
    bool ownProcesses = false;
    int output = -1; ///< a descriptor that becomes the child's stdout; stderr then goes to onLine
    /// Called in the parent for every complete line of stdout and stderr (merged), without the
    /// newline. Nothing: both are inherited.
    std::function<void(std::string_view)> onLine = {};
};

class Process {
  public:
    /// Starts it. Throws Error when it cannot be started.
    explicit Process(Command command);
    Process(Process&&) noexcept;
    Process& operator=(Process&&) = delete;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Polls readable once the process has ended.
    [[nodiscard]] int pidfd() const noexcept { return pidFd_.fd(); }
    /// Handles output until the end of the process, then reaps it. A pending signal of `stop` ends
    /// the process (SIGTERM, 5 s, SIGKILL) and throws Interrupted.
    ExitStatus wait(SignalSet* stop = nullptr);
    /// The same for at most `limit`; nothing when it still runs then.
    std::optional<ExitStatus> waitFor(std::chrono::milliseconds limit, SignalSet* stop = nullptr);
    void signal(int number) const;

  private:
    void pump(int timeoutMilliseconds);
    void end();
    void reap();

    std::optional<ExitStatus> ended_;
    pid_t pid_ = -1;
    PidFd pidFd_;
    Fd output_;
    std::string pending_;
    std::function<void(std::string_view)> onLine_;
};

struct Output {
    ExitStatus status;
    std::string text; ///< stdout and stderr, merged, at most 16 MiB (the rest is dropped)
};

/// Runs to the end and collects the output. Throws only when the command cannot be started, or by
/// `stop`, as wait() does.
Output run(Command command, SignalSet* stop = nullptr);

/// As run(), and throws Error with the command's name, its status and the last lines of its output
/// unless it succeeds.
std::string runChecked(Command command);

} // namespace host
