/// SELinux labels, as far as a driver container needs them: the extended attribute
/// security.selinux, without libselinux.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace host {

/// True when SELinux is in the kernel and has a policy: selinuxfs is mounted below `sys`.
bool hasSelinux(const std::filesystem::path& sys = "/sys");

/// "system_u:object_r:device_t:s0" with another type; nothing when the text is no context.
std::optional<std::string> withType(const std::string& context, const std::string& type);

/// Gives the directory and everything in it (links excepted, mounts below it too) the type
/// container_file_t, so that confined containers may use the device nodes. Does nothing without
/// SELinux. Returns what was refused, if anything: the nodes work for unconfined containers all the
/// same.
std::optional<std::string> labelForContainers(const std::filesystem::path& directory,
                                              const std::filesystem::path& sys = "/sys");

} // namespace host
