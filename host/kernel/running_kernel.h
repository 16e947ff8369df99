/// Which kernel runs: uname(2). Throws SystemError.
#pragma once

#include <string>

namespace host {

struct KernelIdentity {
    std::string release;      ///< 6.12.102-flatcar
    std::string machine;      ///< x86_64, aarch64
    std::string version = {}; ///< #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)
};
KernelIdentity runningKernel();

} // namespace host
