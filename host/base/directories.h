/// Directories: made where they have to be there, and listed where others may change them
/// meanwhile, as the kernel does in /proc and /sys.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace host {

/// The directory and those above it that are missing. Throws SystemError that names it, with
/// `remedy`.
void makeDirectories(const std::filesystem::path& directory, const std::string& remedy = {});

/// The paths of what a directory holds, sorted; `error` says why there are none, or not all.
std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& directory,
                                             std::error_code& error);
/// What cannot be listed, or goes while it is listed, holds nothing more.
std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& directory);
/// Those of the directories below too; links are not followed.
std::vector<std::filesystem::path> entriesBelow(const std::filesystem::path& directory);

} // namespace host
