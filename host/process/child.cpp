#include "host/process/child.h"

#include "host/process/process.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host::child {

namespace {

[[noreturn]] void fail(const Plan& plan, Step step) {
    const Failure failure{step, errno};
    [[maybe_unused]] const ssize_t written = ::write(plan.failure, &failure, sizeof failure);
    ::_exit(127);
}

/// From here on the death of the parent is our death too; getppid() covers a parent that died
/// before the call.
void dieWithParent(const Plan& plan) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        fail(plan, Step::Parent);
    }
    if (::getppid() != plan.parent) {
        ::_exit(127);
    }
}

void resetSignals(const Plan& plan) {
    for (int number = 1; number < NSIG; ++number) {
        if (number != SIGKILL && number != SIGSTOP) {
            ::signal(number, SIG_DFL);
        }
    }
    sigset_t none;
    sigemptyset(&none);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) {
        fail(plan, Step::Signals);
    }
}

void connectOutput(const Plan& plan) {
    const int null = ::open("/dev/null", O_RDONLY);
    if (null < 0 || ::dup2(null, STDIN_FILENO) < 0) {
        fail(plan, Step::Output);
    }
    if (plan.output >= 0 &&
        (::dup2(plan.output, STDOUT_FILENO) < 0 || ::dup2(plan.output, STDERR_FILENO) < 0)) {
        fail(plan, Step::Output);
    }
    if (plan.command.output >= 0 && ::dup2(plan.command.output, STDOUT_FILENO) < 0) {
        fail(plan, Step::Output);
    }
    if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        fail(plan, Step::Output);
    }
}

/// PID 1 of the new namespace: waits for `main`, reaps what is orphaned, and ends as `main` did.
/// The kernel kills all others then.
[[noreturn]] void beInit(pid_t main) {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, 0);
        if (pid == main) {
            // PID 1 cannot kill itself with a signal: a shell's 128+N says it.
            ::_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        }
        if (pid < 0 && errno != EINTR) {
            ::_exit(127);
        }
    }
}

/// For a process that waits and never becomes another program: what closes on exec would stay open
/// in it, locks and the ends of pipes.
void closeAll() {
    ::syscall(SYS_close_range, 3U, ~0U, 0);
}

/// The waiting half of a fork: forwards how `pid` ended.
[[noreturn]] void endAs(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            ::_exit(127);
        }
    }
    if (WIFSIGNALED(status)) {
        ::signal(WTERMSIG(status), SIG_DFL);
        ::kill(::getpid(), WTERMSIG(status));
    }
    ::_exit(WEXITSTATUS(status));
}

/// The caller goes on as PID 1 of a new PID namespace, in a mount namespace of its own. SIGKILL of
/// the outer half, which dies with the parent, kills PID 1 and with it all others.
void enterOwnProcesses(const Plan& plan) {
    if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        fail(plan, Step::Processes);
    }
    const pid_t init = ::fork();
    if (init < 0) {
        fail(plan, Step::Processes);
    }
    if (init > 0) {
        closeAll();
        endAs(init);
    }
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        fail(plan, Step::Parent);
    }
}

void mountProc(const Plan& plan) {
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
        fail(plan, Step::Proc);
    }
}

} // namespace

std::string_view describe(Step step) {
    switch (step) {
    case Step::Parent:
        return "tie to this process";
    case Step::Signals:
        return "reset the signals of";
    case Step::Output:
        return "connect the output of";
    case Step::Network:
        return "take the network from";
    case Step::Processes:
        return "make a process namespace for";
    case Step::Proc:
        return "mount /proc for";
    case Step::Root:
        return "change the root directory for";
    case Step::Directory:
        return "change the working directory for";
    case Step::Exec:
        return "run";
    }
    return "start";
}

Plan::Plan(const Command& wanted, int outputFd, int failureFd)
    : command(wanted), root(wanted.root.native()), directory(wanted.workingDirectory.native()),
      output(outputFd), failure(failureFd), parent(::getpid()) {
    for (const std::string& argument : command.argv) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    if (!command.environment && command.moreEnvironment.empty()) {
        return; // the parent's, as it is
    }
    if (command.environment) {
        for (const std::string& variable : *command.environment) {
            environment.push_back(const_cast<char*>(variable.c_str()));
        }
    } else {
        for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
            environment.push_back(*variable);
        }
    }
    for (const std::string& variable : command.moreEnvironment) {
        environment.push_back(const_cast<char*>(variable.c_str()));
    }
    environment.push_back(nullptr);
}

void start(const Plan& plan) {
    dieWithParent(plan);
    resetSignals(plan);
    connectOutput(plan);
    if (plan.command.withoutNetwork && ::unshare(CLONE_NEWNET) != 0) {
        fail(plan, Step::Network);
    }
    if (plan.command.ownProcesses) {
        enterOwnProcesses(plan);
    }
    if (!plan.root.empty() && plan.root != "/" &&
        (::chroot(plan.root.data()) != 0 || ::chdir("/") != 0)) {
        fail(plan, Step::Root);
    }
    if (plan.command.ownProcesses) {
        mountProc(plan);
        const pid_t main = ::fork();
        if (main < 0) {
            fail(plan, Step::Processes);
        }
        if (main > 0) {
            closeAll();
            beInit(main);
        }
    }
    if (!plan.directory.empty() && ::chdir(plan.directory.data()) != 0) {
        fail(plan, Step::Directory);
    }
    if (!plan.environment.empty()) {
        environ = const_cast<char**>(plan.environment.data());
    }
    ::execvp(plan.argv.front(), plan.argv.data());
    fail(plan, Step::Exec);
}

} // namespace host::child
