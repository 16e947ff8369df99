/// What happens between clone and exec of the ldconfig that linker_cache.cpp starts: private to
/// linker_cache.cpp.
///
/// Only system calls, on descriptors that were opened before; a failing one travels to the parent
/// as a Failure through a pipe that closes on exec.
#pragma once

namespace toolkit::confined {

struct Failure {
    const char* operation; ///< of the child's memory, which begins as a copy of the parent's
    int error;
};

struct Plan {
    int root;    ///< a detached copy of the container's root, which becomes /
    int work;    ///< the working directory, of a detached mount
    int null;    ///< stdin
    int output;  ///< stdout and stderr
    int program; ///< statically linked
    int failure;
    const char* const* argv;
};

/// The namespaces that the child begins in.
extern const unsigned long kNamespaces;

/// Never returns: executes the program, or reports and ends.
[[noreturn]] void start(const Plan& plan);

} // namespace toolkit::confined
