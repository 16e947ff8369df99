#include "driverctl/report/status_report.h"

#include "tests/unit/driverctl/report/golden.h"

namespace driverctl {
namespace {

StatusReport loaded() {
    loader::NodeState state;
    state.process.pid = 4711;
    state.phase = loader::Phase::Ready;
    state.since = 1772366400;
    state.package = "/var/lib/driverctl/packages/a/b.tar";
    state.packageSha256 = std::string(64, 'a');
    state.driver = "535.261.03";
    state.flavour = "open";
    state.kernel = "6.12.102-flatcar";
    state.daemons = {{.name = "nvidia-persistenced", .process = {.pid = 4712}, .restarts = 1},
                     {.name = "nv-fabricmanager", .process = {.pid = 4713}, .restarts = 0}};
    state.containerFiles = {"/run/nvidia/driverctl/inventory.json",
                            "/var/run/cdi/nvidia.com-gpu.json"};
    state.steps = {
        {.name = "modules", .start = 1772366390000, .milliseconds = 812, .result = "done"},
        {.name = "daemons",
         .start = 1772366391000,
         .milliseconds = 9,
         .result = "cannot start\nnv-fabricmanager"}};
    StatusReport report{.modules = {{.name = "nvidia",
                                     .references = 12,
                                     .holders = {"nvidia_uvm"},
                                     .version = "535.261.03",
                                     .sourceVersion = "0123ABC"},
                                    {.name = "nvidia_uvm"}},
                        .state = state,
                        .alive = true,
                        .daemons = {4712}};
    report.holders.processes = {{.pid = 99,
                                 .command = "python3",
                                 .container = "3f2a9d01c7be",
                                 .pod = "0123abcd-4567-89ab-cdef-0123456789ab",
                                 .podName = "ml/train-0",
                                 .node = "/dev/nvidia0"}};
    report.holders.modules = {"gdrdrv (uses nvidia)"};
    report.holders.unseen = {"nvidia has 2 references"};
    return report;
}

TEST(StatusReport, IsAsItWas) {
    tests::expectGoldenReport("status-nothing", StatusReport{});
    tests::expectGoldenReport("status-loaded", loaded());
    StatusReport ended = loaded();
    ended.alive = false;
    ended.holders = {};
    tests::expectGoldenReport("status-ended", ended);
}

} // namespace
} // namespace driverctl
