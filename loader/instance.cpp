#include "loader/instance.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <thread>
#include <unistd.h>

namespace loader {

using host::FileLock;

namespace {

constexpr int kAttempts = 10;
constexpr std::chrono::milliseconds kMoment{20}; ///< isHeld() has the lock for less

[[noreturn]] void refuse(const std::filesystem::path& pidFile, std::string_view work) {
    const std::string pid = host::readRegularLineIfExists(pidFile).value_or("");
    throw host::Error(host::Fault::AlreadyRunning,
                      fmt::format("another instance {} on this node (pid {}, {})", work,
                                  pid.empty() ? "unknown" : pid, pidFile.string()),
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

FileLock lockOf(const std::filesystem::path& pidFile, std::string_view work) {
    host::makeDirectories(pidFile.parent_path());
    for (;;) {
        auto lock = lockSoon(pidFile);
        if (!lock) {
            refuse(pidFile, work);
        }
        if (lock->isOf(pidFile)) { // the one before us may remove it between open and lock
            return std::move(*lock);
        }
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

Instance::Instance(std::filesystem::path pidFile, FileLock lock)
    : pidFile_(std::move(pidFile)), lock_(std::move(lock)) {}

/// What throws here, on a full disk, ends an Instance: the destructor runs.
Instance::Instance(const std::filesystem::path& pidFile, std::string_view work)
    : Instance(pidFile, lockOf(pidFile, work)) {
    if (::ftruncate(lock_.fd(), 0) != 0) {
        host::throwErrno("truncate", pidFile.string());
    }
    host::writeAll(lock_.fd(), fmt::format("{}\n", ::getpid()), pidFile.string());
}

Instance::~Instance() {
    ::unlink(pidFile_.c_str());
}

} // namespace loader
