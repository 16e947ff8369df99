/// What happens between fork and exec: private to process.cpp.
///
/// Everything that allocates is done in Plan, before the fork; start() only makes system calls. A
/// failing one travels to the parent as a Failure through the pipe `failure`, which closes on exec.
#pragma once

#include <string_view>
#include <sys/types.h>
#include <vector>

namespace host {
struct Command;
}

namespace host::child {

enum class Step { Parent, Signals, Output, Network, Processes, Proc, Root, Directory, Exec };

struct Failure {
    Step step;
    int error;
};

/// "run", "change the root directory for", …: reads well before the command's name.
std::string_view describe(Step step);

struct Plan {
    /// `output`: descriptor for stdout and stderr, or -1 to inherit both. `command` has to outlive
    /// the plan.
    Plan(const Command& command, int output, int failure);

    const Command& command;
    std::vector<char*> argv;
    std::vector<char*> environment;
    std::string_view root;
    std::string_view directory;
    int output;
    int failure;
    pid_t parent;
};

/// Never returns: execs, or reports and exits with 127.
[[noreturn]] void start(const Plan& plan);

} // namespace host::child
