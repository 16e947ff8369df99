#include "host/base/file_lock.h"

#include "host/base/error.h"

#include <chrono>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>

namespace host {

namespace {

constexpr std::chrono::milliseconds kInterval{200};

/// False: somebody else holds it, or a signal came.
bool lock(int fd, int operation, std::string_view object) {
    if (::flock(fd, operation) == 0) {
        return true;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
        throwErrno("lock", object);
    }
    return false;
}

} // namespace

FileLock::FileLock(Fd file, std::string_view object, const std::function<void()>& whileWaiting)
    : file_(std::move(file)) {
    while (!lock(file_.get(), whileWaiting ? LOCK_EX | LOCK_NB : LOCK_EX, object)) {
        if (whileWaiting) {
            whileWaiting();
            std::this_thread::sleep_for(kInterval);
        }
    }
}

std::optional<FileLock> FileLock::tryLock(Fd file, std::string_view object, Kind kind) {
    const int operation = (kind == Kind::Shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    if (!lock(file.get(), operation, object)) {
        return std::nullopt;
    }
    return FileLock(std::move(file));
}

bool FileLock::isOf(const std::filesystem::path& path) const {
    struct stat locked {};
    struct stat named {};
    return ::fstat(file_.get(), &locked) == 0 && ::stat(path.c_str(), &named) == 0 &&
           locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

} // namespace host
