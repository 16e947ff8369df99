#include "driverctl/commands/all.h"
#include "driverctl/commands/host_driver.h"
#include "driverctl/commands/node_inventory.h"
#include "driverctl/report/inventory_report.h"
#include "driverctl/report/print.h"

namespace driverctl {

namespace {

ExitCode info(const Settings& settings, const Arguments& arguments) {
    if (arguments.has("load-kmods")) {
        loadHostDriver(settings.get(&loader::LifeSettings::devRoot));
    }
    printReport(InfoReport{takeInventory(settings)}, settings);
    return ExitCode::Done;
}

} // namespace

const Command kInfo = {
    .name = "info",
    .summary = "Say which driver and GPUs containers would get, as nvidia-container-cli does",
    .groups = {&kInventorySettings},
    .settings = {"json", "dev-root"},
    .arguments = {loadModulesArgument()},
    .run = info,
};

} // namespace driverctl
