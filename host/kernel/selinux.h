/// SELinux contexts of files, such as "system_u:object_r:device_t:s0": the extended attribute
/// security.selinux, without libselinux. Links at a path's end are not followed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace host {

/// Throws SystemError: ENODATA or EOPNOTSUPP for a file without one.
std::string contextOf(const std::filesystem::path& file);

/// Throws SystemError: EOPNOTSUPP for a file system that keeps no contexts, EINVAL for one that the
/// loaded policy does not know.
void setContext(const std::filesystem::path& file, const std::string& context);

/// Empty when the text is no context.
std::string_view typeOf(std::string_view context);

} // namespace host
