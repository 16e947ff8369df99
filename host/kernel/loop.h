/// A loop device: one range of a file as a block device.
///
/// Attached with LOOP_CONFIGURE (Linux 5.8) and autoclear: the kernel frees the device when its
/// last user is gone, so that a SIGKILL leaves none. The object keeps the device open; once it is
/// mounted, the mount keeps it.
#pragma once

#include "host/base/fd.h"

#include <cstdint>
#include <filesystem>

namespace host {

class LoopDevice {
  public:
    /// Attaches read-only. `offset` and `size` in bytes; size 0 means to the end. Tries the next
    /// free device when another process was faster, makes the /dev/loopN node when it is missing
    /// (containers have a static /dev). Throws Error naming file and cause; without the loop driver
    /// the remedy says so.
    LoopDevice(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t size);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    Fd fd_;
    std::filesystem::path path_;
};

} // namespace host
