/// Directories that have to be there.
#pragma once

#include <filesystem>

namespace host {

/// The directory and those above it that are missing. Throws SystemError that names it.
void makeDirectories(const std::filesystem::path& directory);

} // namespace host
