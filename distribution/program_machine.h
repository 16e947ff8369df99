/// Which machine a root file system's programs are for: another one than this machine, where they
/// run in an emulator or not at all.
#pragma once

#include "distribution/target.h"
#include "host/base/rooted.h"
#include "host/kernel/running_kernel.h"

#include <filesystem>
#include <optional>
#include <string>

namespace distribution {

/// As uname -m prints it, "ELF machine 40" for one that has no drivers; nothing for a file that is
/// no program, such as a script, or that is not there. Links lead nowhere outside. Throws
/// host::SystemError for a file that cannot be opened.
std::optional<std::string> machineOfProgram(const host::Rooted& root,
                                            const std::filesystem::path& path);

/// Throws host::Error(Fault::NotLoadable) when modules for the target are compiled by programs of
/// another machine than `own`: a build root's are its target's. Whether an emulator is registered
/// with binfmt_misc cannot be told, because a container does not see that file system.
void requireOwnMachine(const Target& target,
                       const std::string& own = host::runningKernel().machine);

} // namespace distribution
