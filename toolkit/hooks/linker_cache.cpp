#include "toolkit/hooks/linker_cache.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/process/pid_fd.h"
#include "toolkit/hooks/confined_child.h"
#include "toolkit/hooks/detached_mount.h"

#include <array>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace toolkit {

namespace {

constexpr std::size_t kLargestCache = 32 << 20; ///< bytes; a whole distribution's has one million
constexpr const char* kCache = "ld.so.cache";
constexpr const char* kMessages = "messages";

/// A process that is killed with its owner; one that a file system holds dies with that.
class Child {
  public:
    explicit Child(const confined::Plan& plan) {
        clone_args arguments{};
        arguments.flags = confined::kNamespaces;
        arguments.exit_signal = SIGCHLD;
        const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
        if (pid < 0) {
            host::throwErrno("make namespaces for", "ldconfig");
        }
        if (pid == 0) {
            confined::start(plan);
        }
        process_ = host::PidFd::open(static_cast<pid_t>(pid)).value(); // there until it is reaped
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() { ::syscall(SYS_pidfd_send_signal, process_.fd(), SIGKILL, nullptr, 0); }

    [[nodiscard]] bool endsWithin(std::chrono::milliseconds limit) const {
        return process_.endsWithin(limit);
    }

    /// Of the process that has ended.
    [[nodiscard]] bool succeeded() const {
        siginfo_t ended{};
        return ::waitid(P_PIDFD, static_cast<id_t>(process_.fd()), &ended, WEXITED) == 0 &&
               ended.si_code == CLD_EXITED && ended.si_status == 0;
    }

  private:
    host::PidFd process_;
};

struct Pipe {
    host::Fd out;
    host::Fd in;
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            host::throwErrno("make", "a pipe");
        }
        out = host::Fd(ends[0]);
        in = host::Fd(ends[1]);
    }
};

host::Fd openIn(const DetachedMount& directory, const char* name, int flags) {
    constexpr unsigned kMode = 0600;
    host::Fd file(::openat(directory.fd(), name, flags | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!file) {
        host::throwErrno("open", name);
    }
    return file;
}

/// Throws what kept the child from being ldconfig. Waits until it is.
void requireStarted(Pipe& failures, const LdconfigProgram& ldconfig) {
    failures.in.reset();
    confined::Failure failure{};
    if (::read(failures.out.get(), &failure, sizeof failure) == sizeof failure) {
        host::throwErrno(failure.operation, ldconfig.origin.string(), failure.error);
    }
}

/// The last line of what it said, which the container's files had a part in.
std::string lastWords(const host::Fd& messages) {
    constexpr std::size_t kMost = 300;
    std::array<char, kMost> buffer{};
    const off_t size = ::lseek(messages.get(), 0, SEEK_END);
    const off_t start = std::max<off_t>(size - static_cast<off_t>(kMost), 0);
    const ssize_t count = ::pread(messages.get(), buffer.data(), buffer.size(), start);
    std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    while (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    return std::string(text.substr(text.rfind('\n') + 1));
}

} // namespace

std::string linkerCache(const ContainerRoot& root, const LdconfigProgram& ldconfig,
                        std::chrono::milliseconds limit) {
    // Links are create-symlinks' work, and the cache of checksums is the container's word.
    constexpr std::array<const char*, 6> kArguments{"ldconfig", "-X", "-i", "-C", kCache, nullptr};
    const auto view = DetachedMount::copyOf(root.tree().fd(), root.tree().path().string());
    view.protect();
    const auto work = DetachedMount::memory(2 * kLargestCache);
    const host::Fd messages = openIn(work, kMessages, O_RDWR | O_CREAT | O_EXCL | O_APPEND);
    const host::Fd null = host::openFile("/dev/null", O_RDONLY);
    Pipe failures;
    const Child child({.root = view.fd(),
                       .work = work.fd(),
                       .null = null.get(),
                       .output = messages.get(),
                       .program = ldconfig.file.get(),
                       .failure = failures.in.get(),
                       .argv = kArguments.data()});
    requireStarted(failures, ldconfig);
    if (!child.endsWithin(limit)) {
        throw host::Error(fmt::format("{} did not end within {} s", ldconfig.origin.string(),
                                      std::chrono::ceil<std::chrono::seconds>(limit).count()),
                          "Look for pipes and slow file systems among what the container's "
                          "/etc/ld.so.conf names");
    }
    if (!child.succeeded()) {
        throw host::Error(
            fmt::format("{} failed: {}", ldconfig.origin.string(), lastWords(messages)));
    }
    return host::readWhole(openIn(work, kCache, O_RDONLY), kCache, kLargestCache);
}

} // namespace toolkit
