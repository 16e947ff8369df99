/// The OCI runtime that the shim hands on to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

/// The first that is there of some names in the directories of a PATH, and of absolute paths; never
/// the program itself, by whatever link. Throws Error where there is none.
std::filesystem::path findNextRuntime(const std::vector<std::string>& names,
                                      const std::string& path,
                                      const std::filesystem::path& self = "/proc/self/exe");

/// By the name of its file, and of the file that it is a link to.
bool isCrun(const std::filesystem::path& runtime);

} // namespace toolkit
