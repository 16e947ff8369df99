/// What init knows of the node: `<run>/driverctl/state.json`, written atomically, read by status.
///
/// It is of this boot and of a live process only when bootId and the process' start time say so.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace loader {

struct NodeState {
    struct StepTime {
        std::string name;
        std::int64_t milliseconds = 0;
    };
    std::string bootId;
    pid_t pid = 0;
    std::uint64_t startTime =
        0; ///< of the process, clock ticks since boot (/proc/<pid>/stat, field 22)
    std::string package;
    std::string packageSha256;
    std::string driver;
    std::string flavour;
    std::string kernel;
    std::string phase;               ///< starting, ready, stopping
    std::int64_t since = 0;          ///< seconds since the epoch
    std::string foreignFirmwarePath; ///< set by somebody else and respected
    pid_t persistenceDaemon = 0;     ///< 0: not running
    std::vector<StepTime> steps;
};

std::filesystem::path stateFile(const std::filesystem::path& runDirectory);

void writeState(const std::filesystem::path& runDirectory, const NodeState& state);
/// Nothing when there is none. A damaged file is host::Error.
std::optional<NodeState> readState(const std::filesystem::path& runDirectory);
void removeState(const std::filesystem::path& runDirectory);

/// /proc/sys/kernel/random/boot_id.
std::string bootId(const std::filesystem::path& proc = "/proc");
/// Nothing when there is no such process.
std::optional<std::uint64_t> startTimeOf(pid_t pid, const std::filesystem::path& proc = "/proc");
/// True when the process that wrote the state still runs.
bool isAlive(const NodeState& state, const std::filesystem::path& proc = "/proc");

} // namespace loader
