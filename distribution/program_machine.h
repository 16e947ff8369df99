/// Which machine a root file system's programs are for: another one than this machine, where they
/// run in an emulator.
#pragma once

#include "host/base/rooted.h"

#include <filesystem>
#include <optional>
#include <string>

namespace distribution {

/// As uname -m prints it, "ELF machine 40" for one that has no drivers; nothing for a file that is
/// no program, such as a script, or that is not there. Links lead nowhere outside. Throws
/// host::SystemError for a file that cannot be opened.
std::optional<std::string> machineOfProgram(const host::Rooted& root,
                                            const std::filesystem::path& path);

} // namespace distribution
