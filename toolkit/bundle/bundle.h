/// A container's bundle: its config.json, read and replaced.
///
/// The file is replaced as a whole or not at all, also by who is killed; what a killed process left
/// beside it, a file .driverctl-…, goes with the next edit. Mode and owner stay, and so does a link
/// to the file. Throws host::Error that names the file.
#pragma once

#include "toolkit/bundle/container_config.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

/// A configuration of another size is no container's.
inline constexpr std::size_t kLargestContainerConfig = 16 << 20;

/// A regular file of at most that size; a pipe in its place holds up no container.
std::string readContainerConfig(const std::filesystem::path& file);

/// Returns warnings. What is not there is not edited: no runtime makes a container without it.
std::vector<std::string> editBundle(const std::filesystem::path& config, const NodeSupply& supply,
                                    const Surroundings& around);

} // namespace toolkit
