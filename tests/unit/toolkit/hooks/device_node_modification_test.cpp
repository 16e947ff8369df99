#include "toolkit/hooks/device_node_modification.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace toolkit {
namespace {

TEST(WithoutModification, ChangesOneNumber) {
    EXPECT_EQ(withoutModification("ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 1\n"
                                  "DeviceFileUID: 0\n"),
              "ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 0\nDeviceFileUID: 0\n");
    EXPECT_EQ(withoutModification("ModifyDeviceFiles: 1"), "ModifyDeviceFiles: 0");
}

TEST(WithoutModification, SaysNothingWhereThereIsNothingToChange) {
    for (const char* text :
         {"", "DeviceFileUID: 0\n", "ModifyDeviceFiles: 0\n", "XModifyDeviceFiles: 1\n"}) {
        EXPECT_EQ(withoutModification(text), std::nullopt) << text;
    }
}

// What is mounted over the file: tests/system/test_hooks.py, because mounts need privileges.
TEST(DisableDeviceNodeModification, LeavesAContainerWithoutParametersAlone) {
    const tests::Directory root;
    disableDeviceNodeModification(ContainerRoot(root.path()));
    const auto file = root.write("proc/driver/nvidia/params", "ModifyDeviceFiles: 0\n");
    disableDeviceNodeModification(ContainerRoot(root.path()));
    EXPECT_EQ(host::readFile(file), "ModifyDeviceFiles: 0\n");
}

} // namespace
} // namespace toolkit
