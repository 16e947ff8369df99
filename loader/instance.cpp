#include "loader/instance.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace loader {

namespace {

/// True when the path still names the file that the descriptor is open on: it may have been removed
/// between open and lock.
bool isStillThere(const host::Fd& fd, const std::filesystem::path& path) {
    struct stat open {};
    struct stat named {};
    return ::fstat(fd.get(), &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
           open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

/// Throws when somebody else has it.
void lock(const host::Fd& fd, int operation, const std::filesystem::path& pidFile) {
    if (::flock(fd.get(), operation | LOCK_NB) == 0) {
        return;
    }
    if (errno != EWOULDBLOCK) {
        host::throwErrno("lock", pidFile.string());
    }
    throw host::Error(host::Fault::AlreadyRunning,
                      fmt::format("another instance manages the driver on this node (pid {}, {})",
                                  host::readLineIfExists(pidFile).value_or("unknown"),
                                  pidFile.string()),
                      "Stop it first, or leave it to its work.");
}

} // namespace

void Instance::requireFree(const std::filesystem::path& pidFile) {
    const host::Fd fd(::open(pidFile.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd) {
        lock(fd, LOCK_SH, pidFile);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        host::throwErrno("open", pidFile.string());
    }
}

Instance::Instance(const std::filesystem::path& pidFile) : pidFile_(pidFile) {
    std::filesystem::create_directories(pidFile.parent_path());
    do {
        lock_ = host::openFile(pidFile, O_RDWR | O_CREAT, 0644);
        lock(lock_, LOCK_EX, pidFile);
    } while (!isStillThere(lock_, pidFile));
    if (::ftruncate(lock_.get(), 0) != 0) {
        host::throwErrno("truncate", pidFile.string());
    }
    host::writeAll(lock_.get(), fmt::format("{}\n", ::getpid()), pidFile.string());
}

Instance::~Instance() {
    ::unlink(pidFile_.c_str());
}

} // namespace loader
