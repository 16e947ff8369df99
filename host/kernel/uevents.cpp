#include "host/kernel/uevents.h"

#include "host/base/error.h"
#include "host/base/text.h"

#include <array>
#include <linux/netlink.h>
#include <sys/socket.h>

namespace host {

namespace {

constexpr unsigned kKernelsGroup = 1;         ///< udev sends what it makes of them to group 2
constexpr std::size_t kLargestMessage = 8192; ///< UEVENT_BUFFER_SIZE is 2048, without the header

} // namespace

std::optional<Uevent> parseUevent(std::string_view message) {
    const auto parts = split(message, '\0');
    const auto at = parts.front().find('@');
    if (at == std::string::npos) {
        return std::nullopt;
    }
    Uevent event{.action = parts.front().substr(0, at),
                 .device = parts.front().substr(at + 1),
                 .properties = {}};
    for (const auto& part : parts) {
        if (const auto equals = part.find('='); equals != std::string::npos) {
            event.properties[part.substr(0, equals)] = part.substr(equals + 1);
        }
    }
    return event;
}

UeventSocket::UeventSocket()
    : fd_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT)) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = kKernelsGroup;
    if (!fd_ ||
        ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        throwErrno("listen to", "the kernel's device events");
    }
}

std::vector<Uevent> UeventSocket::take() {
    std::vector<Uevent> events;
    std::array<char, kLargestMessage> buffer{};
    while (true) {
        sockaddr_nl sender{};
        socklen_t length = sizeof(sender);
        const ssize_t size = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0,
                                        reinterpret_cast<sockaddr*>(&sender), &length);
        if (size < 0 && errno == ENOBUFS) { // some were lost, the next ones are there
            continue;
        }
        if (size < 0) {
            return events;
        }
        auto event = parseUevent({buffer.data(), static_cast<std::size_t>(size)});
        if (event && sender.nl_pid == 0) {
            events.push_back(std::move(*event));
        }
    }
}

} // namespace host
