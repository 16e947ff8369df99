/// The command line, through CLI11, built from the tables of commands and settings.
#pragma once

#include "driverctl/cli/command.h"

#include <optional>
#include <string>

namespace driverctl {

/// What the program is for, in one line.
inline constexpr const char* kPurpose =
    "NVIDIA's driver on an immutable host: builds, packages, loads and unloads it";

/// What the arguments ask for.
struct Invocation {
    const Command* command = nullptr; ///< nothing when only --print-config was asked for
    Config config;
    Arguments arguments;
    bool printConfig = false;
};

/// Nothing when --help or --version was answered on stdout. Throws host::Error(Fault::Usage) for
/// anything that cannot be understood. `argv` may start with the name of another program: those of
/// program_names.h have options of their own; "nvidia-driver", the name that NVIDIA's containers
/// use, has ours.
std::optional<Invocation> parseCommandLine(int argc, const char* const* argv);

/// The format in which errors of parseCommandLine() are to be logged.
LogFormat wantedLogFormat(int argc, const char* const* argv);

} // namespace driverctl
