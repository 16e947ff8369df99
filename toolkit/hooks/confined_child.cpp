#include "toolkit/hooks/confined_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace toolkit::confined {

namespace {

[[noreturn]] void fail(const Plan& plan, const char* operation) {
    constexpr int kCannotStart = 127;
    const Failure failure{.operation = operation, .error = errno};
    const ssize_t ignored = ::write(plan.failure, &failure, sizeof failure);
    static_cast<void>(ignored);
    ::_exit(kCannotStart);
}

/// The copy goes over the / that the child has from the host, as in an initramfs, where there is
/// nothing that pivot_root(2) could leave.
void enterRoot(const Plan& plan) {
    if (::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::move_mount(plan.root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0 ||
        ::fchdir(plan.root) != 0 || ::chroot(".") != 0) {
        fail(plan, "enter the root for");
    }
}

/// What may lead out of the root. A root that has no such directory needs nothing over it.
void hide(const Plan& plan, const char* directory) {
    constexpr unsigned long kFlags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (::mount("", directory, "tmpfs", kFlags, "size=4k") != 0 && errno != ENOENT &&
        errno != ENOTDIR && errno != ELOOP) {
        fail(plan, "hide /proc and /sys from");
    }
}

/// It is root without what root can do: it cannot even look at what others have open.
void dropPrivileges(const Plan& plan) {
    unsigned long capability = 0;
    while (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) {
        ++capability;
    }
    if (capability == 0 || errno != EINVAL) { // it is the one after the last
        fail(plan, "drop the capabilities of");
    }
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    const rlimit noCore{.rlim_cur = 0, .rlim_max = 0};
    if (::syscall(SYS_capset, &header, none.data()) != 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::setrlimit(RLIMIT_CORE, &noCore) != 0) {
        fail(plan, "drop the privileges of");
    }
}

/// A line of the container's ld.so.conf may be as long as a sparse file, and ldconfig reads whole
/// lines into memory. Mapped libraries are none of it (RLIMIT_DATA, Linux 4.7).
void limitMemory(const Plan& plan) {
    constexpr rlim_t kMost = 128 << 20; ///< bytes; a large image's libraries take a few million
    const rlimit data{.rlim_cur = kMost, .rlim_max = kMost};
    if (::setrlimit(RLIMIT_DATA, &data) != 0) {
        fail(plan, "limit the memory of");
    }
}

void connect(const Plan& plan) {
    if (::dup2(plan.null, STDIN_FILENO) < 0 || ::dup2(plan.output, STDOUT_FILENO) < 0 ||
        ::dup2(plan.output, STDERR_FILENO) < 0 ||
        ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        fail(plan, "connect");
    }
}

} // namespace

const unsigned long kNamespaces = CLONE_NEWNS | CLONE_NEWPID;

void start(const Plan& plan) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        fail(plan, "tie to this program");
    }
    enterRoot(plan);
    hide(plan, "/proc");
    hide(plan, "/sys");
    if (::fchdir(plan.work) != 0) {
        fail(plan, "give a working directory to");
    }
    connect(plan);
    limitMemory(plan);
    dropPrivileges(plan);
    constexpr std::array<const char*, 1> kNoEnvironment{nullptr};
    ::syscall(SYS_execveat, plan.program, "", plan.argv, kNoEnvironment.data(), AT_EMPTY_PATH);
    fail(plan, "execute");
}

} // namespace toolkit::confined
