#include "driverctl/commands/all.h"
#include "driverctl/commands/node_inventory.h"
#include "driverctl/report/print.h"
#include "driverctl/report/selinux_report.h"
#include "driverctl/selinux_labels.h"

#include <algorithm>

namespace driverctl {

namespace {

namespace selinux = toolkit::selinux;

ExitCode labelPaths(const Settings& settings, const Arguments& arguments) {
    const selinux::WantedTypes types{.device = arguments.word("device-type"),
                                     .file = arguments.word("file-type")};
    const bool dryRun = arguments.has("dry-run");
    const auto status = selinux::lookAtLabels(takeInventory(settings), selinuxPolicy(), types);
    const SelinuxChanges report{.dryRun = dryRun,
                                .mode = status.mode,
                                .changes = label(status, host::systemNodeActions(), dryRun)};
    printReport(report, settings);
    const bool all = std::ranges::none_of(report.changes, [](const selinux::LabelChange& change) {
        return change.refusal.has_value();
    });
    return all ? ExitCode::Done : ExitCode::Failed;
}

} // namespace

const Command kSelinuxLabel = {
    .name = "selinux label",
    .summary = "Label the driver's nodes and files so that SELinux lets confined containers use "
               "them, as init does",
    .groups = {&kInventorySettings},
    .settings = {"json", "dev-root"},
    .arguments = {{.name = "device-type",
                   .flags = "--device-type",
                   .placeholder = "TYPE",
                   .help = "Type of all nodes, instead of one that the policy lets containers use"},
                  {.name = "file-type",
                   .flags = "--file-type",
                   .placeholder = "TYPE",
                   .help = "Type of all files, instead of one that the policy lets containers use"},
                  {.name = "dry-run",
                   .flags = "--dry-run",
                   .help = "Say what would be labelled, and change nothing"}},
    .run = labelPaths,
};

} // namespace driverctl
