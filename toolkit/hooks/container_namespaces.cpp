#include "toolkit/hooks/container_namespaces.h"

#include "host/base/error.h"
#include "host/process/pid_fd.h"

#include <fmt/format.h>
#include <grp.h>
#include <sched.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

/// Whether this process is in the namespace that the other one is in.
bool isShared(const char* kind, pid_t pid, const fs::path& proc) {
    const auto stat = [&](const std::string& process) {
        const auto file = proc / process / "ns" / kind;
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0) {
            host::throwErrno("look at the namespace", file.string());
        }
        return status;
    };
    const auto own = stat("self");
    const auto others = stat(std::to_string(pid));
    return own.st_dev == others.st_dev && own.st_ino == others.st_ino;
}

} // namespace

bool isInContainer(pid_t pid, pid_t starter, const fs::path& proc) {
    return pid == 0 || pid == starter || isShared("mnt", pid, proc);
}

void enterContainer(pid_t pid, const fs::path& proc) {
    const std::string object = fmt::format("the namespaces of process {}", pid);
    const auto process = host::PidFd::open(pid);
    if (!process) {
        throw host::SystemError("enter", object, ESRCH);
    }
    const bool isOwnUser = isShared("user", pid, proc);
    if (::setns(process->fd(), CLONE_NEWNS | (isOwnUser ? 0 : CLONE_NEWUSER)) != 0) {
        host::throwErrno("enter", object);
    }
    if (!isOwnUser &&
        (::setgroups(0, nullptr) != 0 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0)) {
        host::throwErrno("become root in", object);
    }
}

} // namespace toolkit
