#include "host/kernel/node_actions.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/kernel/module.h"
#include "host/kernel/selinux.h"

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {

namespace {

/// Moves the calling process, which has one thread, into the root cgroup of the host: its view of
/// cgroups is that of the host's PID 1, which shows with --pid=host. Elsewhere nothing happens.
/// Only system calls: this runs between fork and exit.
void leaveContainer() {
    const int cgroups = ::open("/proc/1/ns/cgroup", O_RDONLY | O_CLOEXEC);
    const int mounts = ::open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (::setns(cgroups, CLONE_NEWCGROUP) != 0 || ::setns(mounts, CLONE_NEWNS) != 0) {
        return;
    }
    const int processes = ::open("/sys/fs/cgroup/cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (processes >= 0) {
        static_cast<void>(!::write(processes, "0", 1)); // "0" is the writer itself
    }
}

void keepOnly(int fd) {
    ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(fd) - 1, 0);
    ::close_range(static_cast<unsigned>(fd) + 1, ~0U, 0);
}

pid_t waitFor(pid_t child, int& status) {
    pid_t waited = 0;
    do {
        waited = ::waitpid(child, &status, 0);
    } while (waited < 0 && errno == EINTR);
    return waited;
}

class SystemNodeActions : public NodeActions {
  public:
    ModuleAccess moduleAccess() override { return askModuleAccess(); }

    void insertModule(int fd, const std::string& parameters, const std::string& name) override {
        const pid_t child = ::fork();
        if (child == 0) {
            keepOnly(fd); // above all not the lock of the instance
            leaveContainer();
            const long result = ::syscall(SYS_finit_module, fd, parameters.c_str(), 0);
            ::_exit(result == 0 ? 0 : errno); // errno fits: the largest is 133
        }
        int status = 0;
        if (child < 0 || waitFor(child, status) < 0) {
            throwErrno("start a process to insert module", name);
        }
        if (!WIFEXITED(status)) {
            throw Error(
                fmt::format("cannot insert module {}: the process that did it was killed by "
                            "signal {}",
                            name, WTERMSIG(status)),
                "Look into the kernel log: the module may have crashed.");
        }
        if (WEXITSTATUS(status) != 0) {
            throwErrno("insert module", name, WEXITSTATUS(status));
        }
    }

    void removeModule(const std::string& name) override {
        if (::syscall(SYS_delete_module, name.c_str(), O_NONBLOCK) != 0) {
            throwErrno("remove module", name);
        }
    }

    void insertFromTree(ModuleTree& tree, const std::string& name) override { tree.load(name); }

    void writeParameter(const std::filesystem::path& file, std::string_view value) override {
        writeKernelFile(file, value);
    }

    void makeDeviceNode(const DeviceNode& node) override { host::makeDeviceNode(node); }

    void makeLink(const std::filesystem::path& target, const std::filesystem::path& link) override {
        host::makeLink(target, link);
    }

    void makeDirectories(const std::filesystem::path& directory) override {
        host::makeDirectories(directory);
    }

    void writeFile(const std::filesystem::path& file, std::string_view content) override {
        host::makeDirectories(file.parent_path());
        writeFileAtomic(file, content);
    }

    void copy(const std::filesystem::path& from, const std::filesystem::path& to) override {
        using Options = std::filesystem::copy_options;
        host::makeDirectories(to.parent_path());
        std::error_code error;
        std::filesystem::copy(from, to, Options::recursive | Options::overwrite_existing, error);
        if (error) {
            throwErrno("copy " + from.string() + " to", to.string(), error.value());
        }
    }

    void remove(const std::filesystem::path& file) override {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
            throwWriteError("remove", file.string());
        }
    }

    void setContext(const std::filesystem::path& file, const std::string& context) override {
        host::setContext(file, context);
    }

    void bindRecursive(const std::filesystem::path& source,
                       const std::filesystem::path& target) override {
        if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
            throwErrno("bind " + source.string() + " to", target.string());
        }
    }

    void detach(const std::filesystem::path& target) override {
        if (::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
            throwErrno("unmount", target.string());
        }
    }

    Fd cloneMounts(const std::filesystem::path& path) override {
        Fd mounts(::open_tree(AT_FDCWD, path.c_str(),
                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
        if (!mounts) {
            throwErrno("copy the mounts at", path.string());
        }
        mount_attr attributes{};
        attributes.propagation = MS_PRIVATE;
        if (::mount_setattr(mounts.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                            sizeof attributes) != 0) {
            throwErrno("make private the mounts of", path.string());
        }
        return mounts;
    }

    void attachMounts(const Fd& mounts, const std::filesystem::path& target) override {
        if (::move_mount(mounts.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) !=
            0) {
            throwErrno("attach mounts at", target.string());
        }
    }
};

} // namespace

NodeActions& systemNodeActions() {
    static SystemNodeActions actions;
    return actions;
}

void removeAll(NodeActions& actions, const std::vector<std::filesystem::path>& files) {
    std::exception_ptr first;
    for (const auto& file : files) {
        try {
            actions.remove(file);
        } catch (const Error&) {
            first = first ? first : std::current_exception();
        }
    }
    if (first) {
        std::rethrow_exception(first);
    }
}

} // namespace host
