#include "driverctl/report/device_changes.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

TEST(DeviceChanges, AreAsTheyWere) {
    using enum DeviceChange::Kind;
    DeviceChanges report{
        .dryRun = true,
        .changes = {
            {.kind = Make, .path = "/dev/nvidiactl", .number = "195:255", .mode = 0666},
            {.kind = Replace, .path = "/dev/nvidia-uvm", .number = "510:0", .mode = 0666},
            {.kind = Permit,
             .path = "/dev/nvidia0",
             .number = "195:0",
             .mode = 0660,
             .owner = 0,
             .group = 44},
            {.kind = Link, .path = "/dev/char/195:0", .target = "../nvidia0"},
        }};
    tests::expectGoldenReport("device-create-dry-run", report);
    report.dryRun = false;
    tests::expectGoldenReport("device-create-made", report);
    tests::expectGoldenReport("device-create-nothing", DeviceChanges{});
}

} // namespace
} // namespace driverctl
