/// A function that runs in a child process: one that may crash or block for ever, in foreign code.
///
/// The child is a copy of this process, with its calling thread only; what the function does to
/// memory is lost, what it returns comes back through a pipe. Its standard descriptors are
/// /dev/null, and of the others it has those that it is given alone: no lock or socket of ours
/// outlives us in it. It dies with its parent's thread, and it leaves no core. It is killed at the
/// limit, or when a signal comes that asks us to end; one that even SIGKILL does not end, because a
/// driver holds it, is left to init to reap.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace host {

/// What the function returns, at most 1 MiB. Throws Error that says how the child ended otherwise:
/// "it ended with signal 11 (Segmentation fault)", "it did not answer within 60 s", and what to
/// look at. SIGTERM and SIGINT, where the caller has them blocked to read them as data (SignalSet),
/// end the wait and stay pending. `kept` are the descriptors that the function uses.
std::string answerOfChild(const std::function<std::string()>& function,
                          std::chrono::milliseconds limit, std::vector<int> kept = {});

} // namespace host
