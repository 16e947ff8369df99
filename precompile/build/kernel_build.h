/// What a kernel's build directory tells of the kernel, beside its configuration.
///
/// Reads only. What is absent is empty; what cannot be read is host::Error that names it.
#pragma once

#include "host/base/rooted.h"

#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

/// The linker's script that merges what modules export, relative to the build directory: Linux 5.10
/// and later have it in scripts/, Debian has it below arch/. Empty where there is none.
std::filesystem::path moduleScriptOf(const std::filesystem::path& kernelBuild);

/// What /proc/version of the kernel says, without the end of line: made of include/generated as
/// init/version.c makes it. Empty where a part of it is missing. The directory lies in the root.
std::string procVersionOf(const host::Rooted& root, const std::filesystem::path& kernelBuild);

/// The files that procVersionOf() reads, relative to the build directory.
std::vector<std::filesystem::path> procVersionFiles();

} // namespace precompile
