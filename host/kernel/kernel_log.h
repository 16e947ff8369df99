/// What the kernel says while we do something: the records of /dev/kmsg from a moment on.
#pragma once

#include "host/base/fd.h"

#include <string>
#include <vector>

namespace host {

class KernelLog {
  public:
    /// From now on. Where /dev/kmsg cannot be read, no lines will come; that is no error.
    KernelLog();
    /// The messages since the last call, oldest first, at most `limit`.
    std::vector<std::string> take(std::size_t limit = 50);

  private:
    Fd fd_;
};

} // namespace host
