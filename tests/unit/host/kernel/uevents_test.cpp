#include "host/kernel/uevents.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

using namespace std::string_view_literals;

TEST(Uevents, AreReadOfMessages) {
    const auto event = host::parseUevent("add@/devices/pci0000:00/0000:00:04.0\0ACTION=add\0"
                                         "SUBSYSTEM=pci\0PCI_ID=10DE:2330\0EMPTY=\0SEQNUM=7\0"sv);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->action, "add");
    EXPECT_EQ(event->device, "/devices/pci0000:00/0000:00:04.0");
    EXPECT_EQ(event->properties.at("PCI_ID"), "10DE:2330");
    EXPECT_EQ(event->properties.at("EMPTY"), "");
    for (const auto other : {""sv, "libudev\0\xfe\xed"sv, "ACTION=add"sv}) {
        EXPECT_FALSE(host::parseUevent(other)) << other;
    }
}

TEST(Uevents, OthersThanTheKernelSendNone) {
    host::UeventSocket socket;
    sockaddr_nl address{};
    socklen_t length = sizeof(address);
    ASSERT_EQ(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    address.nl_groups = 0;
    const host::Fd sender(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
    const auto message = "add@/devices/nvidia\0SUBSYSTEM=pci\0"sv;
    if (::sendto(sender.get(), message.data(), message.size(), 0,
                 reinterpret_cast<const sockaddr*>(&address), length) < 0) {
        EXPECT_EQ(errno, EPERM); // only root may
    }
    EXPECT_TRUE(socket.take().empty());
}
