/// Where a container's dynamic linker looks for libraries, as files of its /etc: glibc's
/// ld.so.conf.d, and musl's path.
///
/// The names sort before and behind those that distributions use, and begin as NVIDIA's hooks'
/// do. Whoever runs ldconfig in the container later keeps what is said here. Throws
/// host::SystemError.
#pragma once

#include "toolkit/hooks/container_root.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

/// Before all else: the image's own, newer libcuda (00-compat-driverctl.conf).
void placeCompatibilityFolder(const ContainerRoot& root, const std::filesystem::path& folder);

/// The driver's folders before the image's (00-nvcr-driverctl.conf), the image's own system folders
/// behind all (zz-nvcr-driverctl.conf), because the ldconfig of another distribution does not know
/// them, and an /etc/ld.so.conf that includes both. In an image with musl, whose path it is then,
/// the folders are put behind the image's.
void placeLinkerConfiguration(const ContainerRoot& root, const std::vector<std::string>& folders);

/// The ld.so.conf that includes ld.so.conf.d: `present`, or with one more line.
std::string withInclude(std::string_view present);

/// musl's path, which separates by colons or newlines, with the folders that it lacks behind it;
/// empty `present`: musl's default.
std::string withFolders(std::string_view present, const std::vector<std::string>& folders);

} // namespace toolkit
