/// The exit codes: part of the interface, named in --help and in the README.
#pragma once

#include "host/error.h"

#include <string_view>
#include <vector>

namespace driverctl {

enum class ExitCode {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NoPackage = 3,
    InUse = 4,
    AlreadyRunning = 5,
    NotLoadable = 6,
    NoGpu = 7,
    VerificationFailed = 8,
    Signal = 128, ///< plus the signal's number
};

/// What a command's help says of the code.
std::string_view describe(ExitCode code);

ExitCode exitCodeOf(host::Fault fault);

} // namespace driverctl
