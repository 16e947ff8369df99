#include "loader/instance.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>

namespace loader {

using host::FileLock;

namespace {

constexpr std::size_t kLargestPidFile = 4 << 10;
constexpr int kAttempts = 10;
constexpr std::chrono::milliseconds kMoment{20}; ///< isHeld() has the lock for less

[[noreturn]] void refuse(const std::filesystem::path& pidFile, std::string_view work) {
    const auto pid = host::readRegularFileIfExists(pidFile, kLargestPidFile);
    throw host::Error(host::Fault::AlreadyRunning,
                      fmt::format("another instance {} on this node (pid {}, {})", work,
                                  host::trimmed(pid.value_or("unknown")), pidFile.string()),
                      "Stop it first, or leave it to its work.");
}

std::optional<FileLock> lockSoon(const std::filesystem::path& pidFile) {
    for (int attempt = 1;; ++attempt) {
        auto lock =
            FileLock::tryLock(host::openRegularFile(pidFile, O_RDWR | O_CREAT), pidFile.string());
        if (lock || attempt == kAttempts) {
            return lock;
        }
        std::this_thread::sleep_for(kMoment);
    }
}

} // namespace

std::filesystem::path driverPidFile(const std::filesystem::path& runDirectory) {
    return runDirectory / "nvidia-driver.pid";
}

bool Instance::isHeld(const std::filesystem::path& pidFile) {
    host::Fd fd = host::openRegularFileIfExists(pidFile);
    return fd && !FileLock::tryLock(std::move(fd), pidFile.string(), FileLock::Kind::Shared);
}

void Instance::requireFree(const std::filesystem::path& pidFile) {
    if (isHeld(pidFile)) {
        refuse(pidFile, kManagesTheDriver);
    }
}

Instance::Instance(const std::filesystem::path& pidFile, std::string_view work)
    : pidFile_(pidFile) {
    host::makeDirectories(pidFile.parent_path());
    do { // the one before us may remove it between open and lock
        lock_ = lockSoon(pidFile);
        if (!lock_) {
            refuse(pidFile, work);
        }
    } while (!lock_->isOf(pidFile));
    if (::ftruncate(lock_->fd(), 0) != 0) {
        host::throwErrno("truncate", pidFile.string());
    }
    host::writeAll(lock_->fd(), fmt::format("{}\n", ::getpid()), pidFile.string());
}

Instance::~Instance() {
    ::unlink(pidFile_.c_str());
}

} // namespace loader
