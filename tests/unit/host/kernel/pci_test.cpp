#include "host/kernel/pci.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace host {
namespace {

TEST(Pci, ReadsFunctionsInOrderWithTheirDriver) {
    const tests::Directory sys;
    sys.write("bus/pci/devices/0000:02:00.0/vendor", "0x8086\n");
    sys.write("bus/pci/devices/0000:02:00.0/device", "0x1234\n");
    sys.write("bus/pci/devices/0000:02:00.0/class", "0x020000\n");
    sys.write("bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
    sys.write("bus/pci/devices/0000:01:00.0/device", "0x1eb8\n");
    sys.write("bus/pci/devices/0000:01:00.0/class", "0x030200\n");
    std::filesystem::create_symlink("../../drivers/nouveau",
                                    sys.path() / "bus/pci/devices/0000:01:00.0/driver");
    const auto functions = pciFunctions(sys.path());
    ASSERT_EQ(functions.size(), 2U);
    EXPECT_EQ(functions[0].address, "0000:01:00.0");
    EXPECT_EQ(functions[0].device, 0x1eb8);
    EXPECT_EQ(functions[0].classCode, 0x030200U);
    EXPECT_EQ(functions[0].driver, "nouveau");
    EXPECT_EQ(functions[1].driver, "");
}

TEST(Pci, MachineWithoutPciHasNone) {
    const tests::Directory sys;
    EXPECT_TRUE(pciFunctions(sys.path()).empty());
}

TEST(Pci, UnreadableAttributeIsAnError) {
    const tests::Directory sys;
    sys.write("bus/pci/devices/0000:01:00.0/vendor", "banana\n");
    EXPECT_THROW(pciFunctions(sys.path()), Error);
}

TEST(Pci, NumberThatIsNoneOrTooLargeIsAnError) {
    for (const char* text : {"0x\n", "0xfffffffff\n"}) {
        const tests::Directory sys;
        sys.write("bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
        sys.write("bus/pci/devices/0000:01:00.0/device", "0x1eb8\n");
        sys.write("bus/pci/devices/0000:01:00.0/class", text);
        EXPECT_THROW(pciFunctions(sys.path()), Error) << text;
    }
}

} // namespace
} // namespace host
