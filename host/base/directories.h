/// Directories that have to be there.
#pragma once

#include <filesystem>
#include <string>

namespace host {

/// The directory and those above it that are missing. Throws SystemError that names it, with
/// `remedy`.
void makeDirectories(const std::filesystem::path& directory, const std::string& remedy = {});

} // namespace host
