#include "driverctl/commands/all.h"
#include "driverctl/commands/node_inventory.h"
#include "driverctl/report/print.h"
#include "driverctl/report/selinux_report.h"
#include "driverctl/selinux_labels.h"

namespace driverctl {

namespace {

ExitCode showStatus(const Settings& settings, const Arguments& /*arguments*/) {
    const auto status = toolkit::selinux::lookAtLabels(takeInventory(settings), selinuxPolicy());
    printReport(SelinuxStatus{status}, settings);
    return ExitCode::Done;
}

} // namespace

const Command kSelinuxStatus = {
    .name = "selinux status",
    .summary = "Say whether SELinux lets confined containers use the driver's nodes and files, "
               "path by path",
    .groups = {&kInventorySettings},
    .settings = {"json", "dev-root"},
    .run = showStatus,
};

} // namespace driverctl
