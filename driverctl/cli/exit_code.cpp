#include "driverctl/cli/exit_code.h"

namespace driverctl {

std::span<const ExitCode> exitCodes() {
    static constexpr ExitCode kAll[] = {
        ExitCode::Done,        ExitCode::Failed, ExitCode::Usage,
        ExitCode::NoPackage,   ExitCode::InUse,  ExitCode::AlreadyRunning,
        ExitCode::NotLoadable, ExitCode::NoGpu,  ExitCode::VerificationFailed,
        ExitCode::Differs,     ExitCode::Signal};
    return kAll;
}

std::string_view describe(ExitCode code) {
    switch (code) {
    case ExitCode::Done:
        return "done";
    case ExitCode::Failed:
        return "failed";
    case ExitCode::Usage:
        return "wrong usage or configuration, or a file that was named is not there";
    case ExitCode::NoPackage:
        return "no package for this kernel, and building was not allowed";
    case ExitCode::InUse:
        return "the driver is in use";
    case ExitCode::AlreadyRunning:
        return "another instance is running";
    case ExitCode::NotLoadable:
        return "not loadable on this kernel (vermagic, symbol, signature, lockdown), or known not "
               "to compile";
    case ExitCode::NoGpu:
        return "no NVIDIA GPU found";
    case ExitCode::VerificationFailed:
        return "verification failed (signature, digest), or a package that is malformed";
    case ExitCode::Differs:
        return "the packages differ";
    case ExitCode::Signal:
        return "ended by signal N";
    }
    return "unknown";
}

ExitCode exitCodeOf(host::Fault fault) {
    switch (fault) {
    case host::Fault::Failed:
        return ExitCode::Failed;
    case host::Fault::Usage:
        return ExitCode::Usage;
    case host::Fault::NoPackage:
        return ExitCode::NoPackage;
    case host::Fault::InUse:
        return ExitCode::InUse;
    case host::Fault::AlreadyRunning:
        return ExitCode::AlreadyRunning;
    case host::Fault::NotLoadable:
        return ExitCode::NotLoadable;
    case host::Fault::NoGpu:
        return ExitCode::NoGpu;
    case host::Fault::Verification:
        return ExitCode::VerificationFailed;
    }
    return ExitCode::Failed;
}

} // namespace driverctl
