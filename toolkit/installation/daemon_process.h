/// The process that answers at a daemon's socket, so that it can be told to read its files again.
///
/// The peer of a connection is whoever has made the socket, which is systemd where systemd starts
/// the daemon: so the daemon is asked something, and its answer comes with the pid of its sender
/// (SO_PASSCRED). Asked again once a descriptor of that process is held, it is still the same one.
/// Waits at most some seconds for an answer. Throws host::Error: SystemError when nobody is there.
#pragma once

#include "host/process/pid_fd.h"

#include <filesystem>
#include <optional>
#include <string>

namespace toolkit {

/// Nothing when the process is in a PID namespace that this one does not see.
std::optional<host::PidFd> daemonBehind(const std::filesystem::path& socket);

/// What it answers to an HTTP request for that path ("/info"), headers and all.
std::string askDaemon(const std::filesystem::path& socket, const std::string& path);

} // namespace toolkit
