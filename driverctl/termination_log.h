/// The termination message: why a container's first program ended, for who looks at the pod.
/// Kubernetes shows the content of a file (terminationMessagePath) as the container's last state,
/// whatever it ended by.
///
/// A file that does not exist is not made, and nothing is kept then: outside Kubernetes there is
/// none. It is written in place, as it is a mount. What cannot be written is told to the observer
/// as a warning. At most 4096 bytes, of which kubelet would show the last ones; a longer message
/// loses its end. Bytes that cannot be printed are replaced, and secrets hidden, as in the log.
#pragma once

#include "host/base/observer.h"

#include <filesystem>
#include <string_view>

namespace driverctl {

class TerminationLog {
  public:
    TerminationLog(std::filesystem::path file, host::Observer observer);

    /// Replaces what was written before; empty: there is nothing to say any more.
    void write(std::string_view message) const;

  private:
    std::filesystem::path file_;
    host::Observer observer_;
};

} // namespace driverctl
