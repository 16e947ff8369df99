/// What the kernel says of devices that come, change and go (NETLINK_KOBJECT_UEVENT).
///
/// Owns the socket. Takes messages of the kernel alone: any program may send to such a socket. They
/// are sent to every network namespace of the initial user namespace (Linux 4.18), so that a
/// container has them, too.
#pragma once

#include "host/base/fd.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace host {

struct Uevent {
    std::string action; ///< "add", "remove", "change", "bind", …
    std::string device; ///< its path below /sys: "/devices/pci0000:00/0000:00:04.0"
    std::map<std::string, std::string, std::less<>> properties; ///< "PCI_ID" → "10DE:2330"
};

/// Of a message, "ACTION@DEVICE\0NAME=VALUE\0…"; nothing for one of another form.
std::optional<Uevent> parseUevent(std::string_view message);

class UeventSocket {
  public:
    /// Throws SystemError, where the kernel has no such sockets or a sandbox forbids them.
    UeventSocket();

    /// Polls readable when there is something to take.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    std::vector<Uevent> take();

  private:
    Fd fd_;
};

} // namespace host
