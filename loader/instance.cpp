#include "loader/instance.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace loader {

using host::FileLock;

namespace {

constexpr std::size_t kLargestPidFile = 4 << 10;

[[noreturn]] void refuse(const std::filesystem::path& pidFile, std::string_view work) {
    const auto pid = host::readRegularFileIfExists(pidFile, kLargestPidFile);
    throw host::Error(host::Fault::AlreadyRunning,
                      fmt::format("another instance {} on this node (pid {}, {})", work,
                                  host::trimmed(pid.value_or("unknown")), pidFile.string()),
                      "Stop it first, or leave it to its work.");
}

} // namespace

void Instance::requireFree(const std::filesystem::path& pidFile) {
    host::Fd fd = host::openRegularFileIfExists(pidFile);
    if (fd && !FileLock::tryLock(std::move(fd), pidFile.string(), FileLock::Kind::Shared)) {
        refuse(pidFile, kManagesTheDriver);
    }
}

Instance::Instance(const std::filesystem::path& pidFile, std::string_view work)
    : pidFile_(pidFile) {
    host::makeDirectories(pidFile.parent_path());
    do { // the one before us may remove it between open and lock
        lock_ =
            FileLock::tryLock(host::openRegularFile(pidFile, O_RDWR | O_CREAT), pidFile.string());
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
