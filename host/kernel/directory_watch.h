/// Names that appear in directories or go (inotify(7)).
///
/// Owns the inotify descriptor. Sees what programs do, and what the kernel does in devtmpfs; the
/// kernel's own changes of /proc and /sys are no events. Throws SystemError.
#pragma once

#include "host/base/fd.h"

#include <filesystem>
#include <map>
#include <vector>

namespace host {

class DirectoryWatch {
  public:
    DirectoryWatch();

    /// From now on; a directory that is watched already stays so, one that is not there is not.
    void add(const std::filesystem::path& directory);

    /// Polls readable when there is something to take.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// What appeared, went, or changed its mode or owner since, as paths; the directory itself
    /// where the kernel could not keep up.
    std::vector<std::filesystem::path> take();

  private:
    Fd fd_;
    std::map<int, std::filesystem::path> directories_; ///< by watch descriptor
};

} // namespace host
