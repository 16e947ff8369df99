#include "driverctl/commands/all.h"
#include "driverctl/commands/host_driver.h"
#include "driverctl/commands/list_request.h"
#include "driverctl/commands/node_inventory.h"
#include "driverctl/report/inventory_report.h"
#include "driverctl/report/print.h"

namespace driverctl {

namespace {

ExitCode listDriver(const Settings& settings, const Arguments& arguments) {
    const auto request = listRequestOf(arguments);
    if (arguments.has("load-kmods")) {
        loadHostDriver(settings.get(&loader::LifeSettings::devRoot));
    }
    const auto inventory = takeInventory(settings);
    printReport(ListReport{.driverRoot = inventory.driverRoot,
                           .driverVersion = inventory.driverVersion,
                           .entries = toolkit::list(inventory, request),
                           .hostPaths = arguments.has("host-paths")},
                settings);
    return ExitCode::Done;
}

} // namespace

const Command kList = {
    .name = "list",
    .summary = "List what containers need of the driver, one path a line, as nvidia-container-cli "
               "does; without a kind all of it",
    .groups = {&kInventorySettings},
    .settings = {"json", "dev-root"},
    .arguments =
        {{.name = "device",
          .flags = "--device,-d",
          .placeholder = "ID",
          .help = "Nodes of these GPUs and MIG devices: index, UUID, PCI address, i:j, all, none",
          .most = kAnyNumber},
         {.name = "libraries", .flags = "--libraries,-l", .help = "Libraries"},
         {.name = "compat32", .flags = "--compat32", .help = "32-bit libraries as well"},
         {.name = "binaries", .flags = "--binaries,-b", .help = "Programs"},
         {.name = "ipcs", .flags = "--ipcs,-i", .help = "Sockets of daemons"},
         {.name = "firmware", .flags = "--firmware,--firmwares,-f", .help = "Firmware"},
         {.name = "mig-config",
          .flags = "--mig-config",
          .placeholder = "ID",
          .help = "Files to configure MIG with",
          .choices = {"all"}},
         {.name = "mig-monitor",
          .flags = "--mig-monitor",
          .placeholder = "ID",
          .help = "Files to monitor MIG with",
          .choices = {"all"}},
         {.name = "imex-channel",
          .flags = "--imex-channel",
          .placeholder = "ID",
          .help = "Nodes of these IMEX channels: numbers, all",
          .most = kAnyNumber},
         {.name = "capabilities",
          .flags = "--capabilities",
          .placeholder = "WORD",
          .help = "Only what containers with these driver capabilities get",
          .most = kAnyNumber},
         {.name = "host-paths",
          .flags = "--host-paths",
          .help = "Paths on the host, with the driver root: for restorecon -v -f -"},
         loadModulesArgument()},
    .run = listDriver,
};

} // namespace driverctl
