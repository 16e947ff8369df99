#include "host/process/exit_status.h"

#include <cstring>
#include <fmt/format.h>
#include <sys/wait.h>

namespace host {

std::string ExitStatus::describe() const {
    return signal != 0 ? fmt::format("signal {} ({})", signal, ::strsignal(signal))
                       : fmt::format("exit code {}", code);
}

ExitStatus toExitStatus(int status) {
    return WIFSIGNALED(status) ? ExitStatus{0, WTERMSIG(status)}
                               : ExitStatus{WEXITSTATUS(status), 0};
}

} // namespace host
