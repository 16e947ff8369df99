/// One driverctl on a node for one work: the lock that init holds while it lives.
///
/// The lock is an flock on the pid file, taken before a byte of it is changed, so that a second
/// instance leaves the first one's pid as it is. The kernel frees it when the process dies; the
/// file then is stale and is taken over.
#pragma once

#include "host/base/file_lock.h"

#include <filesystem>
#include <string_view>

namespace loader {

inline constexpr std::string_view kManagesTheDriver = "manages the driver";

/// Of the instance that manages the driver.
std::filesystem::path driverPidFile(const std::filesystem::path& runDirectory);

class Instance {
  public:
    /// Throws host::Error(Fault::AlreadyRunning) naming the live process. `work` says what a second
    /// instance is kept away from. One whose pid cannot be written leaves no file.
    explicit Instance(const std::filesystem::path& pidFile,
                      std::string_view work = kManagesTheDriver);
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    Instance(Instance&&) = delete;
    Instance& operator=(Instance&&) = delete;
    /// Removes the pid file, while the lock is still held.
    ~Instance();

    /// Whether somebody holds the lock now. Makes nothing, not even a directory, and is not in the
    /// way of one that starts at the same time.
    static bool isHeld(const std::filesystem::path& pidFile);
    /// Throws as the constructor would when it is.
    static void requireFree(const std::filesystem::path& pidFile);

  private:
    Instance(std::filesystem::path pidFile, host::FileLock lock);

    std::filesystem::path pidFile_;
    host::FileLock lock_;
};

} // namespace loader
