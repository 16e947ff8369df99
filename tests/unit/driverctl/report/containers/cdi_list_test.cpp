#include "driverctl/report/containers/cdi_list.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

using toolkit::cdi::DeviceState;

TEST(CdiList, IsAsItWas) {
    tests::expectGoldenReport("cdi-list-nothing", CdiList{});
    const std::filesystem::path ours = "/var/run/cdi/nvidia.com-gpu.json";
    const std::filesystem::path theirs = "/etc/cdi/nvidia.yaml";
    tests::expectGoldenReport(
        "cdi-list-states",
        CdiList{{.files = {{.path = theirs,
                            .stale = {"the node /dev/nvidia3 is not there",
                                      "/dev/nvidia-uvm is said to be 511:0, and is 510:0"}},
                           {.path = "/etc/cdi/other.json",
                            .problems = {"devices[0].nmae: unknown field"}},
                           {.path = ours}},
                 .devices = {{.name = "nvidia.com/gpu=0",
                              .file = theirs,
                              .state = DeviceState::Hidden,
                              .other = ours},
                             {.name = "nvidia.com/gpu=all",
                              .file = theirs,
                              .state = DeviceState::Ambiguous,
                              .other = "/etc/cdi/nvidia-2.yaml"},
                             {.name = "nvidia.com/gpu=0", .file = ours}}}});
    tests::expectGoldenReport(
        "cdi-list-uuids",
        CdiList{{.files = {{.path = ours}},
                 .devices = {{.name = "nvidia.com/gpu=0", .file = ours},
                             {.name = "nvidia.com/gpu=GPU-8f3a1c52-0d4e-4b6f-9a71-2c5d8e9f0a1b",
                              .file = ours}}}});
}

} // namespace
} // namespace driverctl
