/// The namespaces of a container that is being made, as a hook gets into them.
///
/// Throws host::SystemError.
#pragma once

#include <filesystem>
#include <sys/types.h>

namespace toolkit {

/// Whether this process was started in the container's namespaces, as a createContainer hook is: by
/// the container's own first process, or with its mounts. `pid` is the state's: 0 where the runtime
/// does not say it, and otherwise as `starter` counts, the process that started the hook.
bool isInContainer(pid_t pid, pid_t starter, const std::filesystem::path& proc = "/proc");

/// This process, which has one thread, sees the container's mounts from now on, and is root of its
/// user namespace where that is another (pidfd_open, setns with a pidfd; Linux 5.8).
void enterContainer(pid_t pid, const std::filesystem::path& proc = "/proc");

} // namespace toolkit
