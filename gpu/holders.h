/// Who uses the driver: processes that have a device node open or mapped, and foreign kernel
/// modules that depend on it.
///
/// A node is told by its number, never by its name: it is a character device with one of NVIDIA's
/// majors, or a DRM node of a GPU that nvidia is bound to. Names in /proc are bytes that anybody
/// chooses; those in the result are printable. Sees the processes of its own PID namespace: in a
/// container, give it the host's (--pid=host). Changes nothing.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace gpu {

struct ProcessHolder {
    pid_t pid = 0;
    std::string command;
    std::string container; ///< the container's id from its cgroup, or empty
    std::string pod;       ///< the Kubernetes pod's UID from its cgroup, or empty
    std::string podName;   ///< "namespace/name", where somebody has told it: gpu::podNames()
    std::string node;      ///< what it calls the node: /dev/nvidia0
};

struct Holders {
    std::vector<ProcessHolder> processes;
    std::vector<std::string> modules; ///< foreign modules, as "gdrdrv (uses nvidia)"
    /// "nvidia has 2 references": users that nothing visible from here explains.
    std::vector<std::string> unseen;
    [[nodiscard]] bool empty() const {
        return processes.empty() && modules.empty() && unseen.empty();
    }
};

/// `ours` are the driver's own modules, `except` pids that do not count.
Holders findHolders(const std::set<std::string>& ours, const std::set<pid_t>& except,
                    const std::filesystem::path& proc = "/proc",
                    const std::filesystem::path& sys = "/sys");

/// "process 4711 (python3, container 3f2a…, pod ml/train-0) has /dev/nvidia0 open, module gdrdrv
/// (uses nvidia)"; empty for nobody. A pod without a name is told by its UID.
std::string describe(const Holders& holders);

} // namespace gpu
