/// The device controller of a container's control group, which says what device its processes may
/// open, whatever nodes they see.
///
/// cgroup v1: a list in the file devices.allow. cgroup v2: BPF programs, of which each has to say
/// yes (Linux 4.15; to replace one that allows others beside it, 5.6). The group's own controller
/// is changed, and none above it: what these deny stays denied. Where no controller denies
/// anything, nothing is done. Needs /sys/fs/cgroup as the host has it, and root of the first user
/// namespace, with CAP_SYS_ADMIN. Throws host::SystemError.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/mount.h"
#include "toolkit/hooks/device_program.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace toolkit {

/// The directories of one process' control groups; nothing: no such hierarchy is mounted.
struct CgroupDirectories {
    std::optional<std::filesystem::path> devices; ///< of v1's controller
    std::optional<std::filesystem::path> unified; ///< of v2
    bool operator==(const CgroupDirectories&) const = default;
};

/// By the text of /proc/PID/cgroup and by the mounts of the host. Pure.
CgroupDirectories cgroupDirectories(std::string_view cgroups,
                                    const std::vector<host::MountInfo>& mounts);

/// The process' control group lets its processes read and write the devices from now on; 0 is this
/// process, whose group of cgroup v2 is found in a cgroup namespace, too.
void allowDevices(pid_t pid, const std::vector<DeviceNumber>& devices,
                  const std::filesystem::path& proc = "/proc");

} // namespace toolkit
