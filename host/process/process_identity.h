/// A process that is still the same one: a pid alone may have been given to another since, and
/// means nothing after the next boot.
///
/// Reads /proc. Owns nothing; hold() gives who has to act on the process a descriptor of it.
#pragma once

#include "host/process/pid_fd.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace host {

struct ProcessIdentity {
    pid_t pid = 0;
    std::uint64_t startTime = 0; ///< clock ticks since boot (/proc/<pid>/stat, field 22)
};

/// Nothing when there is no such process, or when it has ended and waits to be reaped.
std::optional<ProcessIdentity> identityOf(pid_t pid, const std::filesystem::path& proc = "/proc");

/// True when it is still there, and still the same.
bool isRunning(const ProcessIdentity& process, const std::filesystem::path& proc = "/proc");

/// The process that was looked at; nothing when it has ended or is another one by now.
std::optional<PidFd> hold(const ProcessIdentity& process);

/// /proc/sys/kernel/random/boot_id.
std::string bootId(const std::filesystem::path& proc = "/proc");

} // namespace host
