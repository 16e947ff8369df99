/// The exit codes: part of the interface, named in --help and in docs/exit-codes.md, whose tables a
/// test compares with this. One cause has one code in every command.
#pragma once

#include "host/base/error.h"

#include <span>
#include <string_view>

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
    Differs = 9,
    Signal = 128, ///< plus the signal's number
};

/// All of them, in order.
std::span<const ExitCode> exitCodes();

/// What a command's help says of the code.
std::string_view describe(ExitCode code);

ExitCode exitCodeOf(host::Fault fault);

} // namespace driverctl
