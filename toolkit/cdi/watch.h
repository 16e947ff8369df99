/// Notices that GPUs, MIG devices, their nodes or the sockets of the driver's daemons have changed,
/// so that a specification can be made anew: one that names what is not there stops containers.
///
/// Nodes and sockets are watched by inotify, GPUs by the kernel's device events. MIG devices and a
/// GPU's UUID come and go in /proc alone, where the kernel's own changes are no events, and sockets
/// with directories that are not there yet: these are compared every few seconds. One change is
/// many events, so it is told when nothing has moved for a moment. Owns its descriptors; changes
/// nothing. Without device events (a sandbox) the comparison is what is left.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/directory_watch.h"
#include "host/kernel/uevents.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::cdi {

struct WatchTimes {
    std::chrono::milliseconds comparison{5000}; ///< between two looks at /proc
    std::chrono::milliseconds quiet{500};       ///< without an event, before a change is told
};

class Watch {
  public:
    /// `sockets` may be missing. Throws SystemError.
    explicit Watch(const host::Roots& roots = {}, std::vector<std::filesystem::path> sockets = {},
                   WatchTimes times = {});

    /// Polls readable when changed() has something to do.
    [[nodiscard]] int fd() const noexcept { return events_.get(); }
    /// Whether something has changed, and settled, since the last time that this was true. Never
    /// waits.
    bool changed();

  private:
    void watchDirectories();
    void poll(int fd) const;
    void setTimer(std::chrono::milliseconds due) const;
    bool filesMoved();
    [[nodiscard]] std::string look() const;
    bool gpusMoved();

    host::Roots roots_;
    WatchTimes times_;
    std::vector<std::filesystem::path> sockets_;
    host::DirectoryWatch directories_;
    std::optional<host::UeventSocket> gpus_;
    host::Fd timer_;
    host::Fd events_;  ///< epoll of the others
    std::string seen_; ///< by look()
    bool isMoving_ = false;
};

/// Whether it is about an NVIDIA function on the PCI bus or a node that its driver makes.
bool concernsGpus(const host::Uevent& event);

} // namespace toolkit::cdi
