/// How a process ended. A value.
#pragma once

#include <string>

namespace host {

struct ExitStatus {
    int code = 0;   ///< exit code, when signal is 0
    int signal = 0; ///< the signal that ended it, or 0
    [[nodiscard]] bool success() const noexcept { return code == 0 && signal == 0; }
    /// "exit code 2" or "signal 9 (Killed)".
    [[nodiscard]] std::string describe() const;
};

/// Of what waitpid(2) says of one that has ended.
ExitStatus toExitStatus(int status);

} // namespace host
