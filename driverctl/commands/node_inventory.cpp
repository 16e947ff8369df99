#include "driverctl/commands/node_inventory.h"

#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "toolkit/inventory/collect.h"
#include "toolkit/inventory/doubts.h"

namespace driverctl {

Argument loadModulesArgument() {
    return {.name = "load-kmods",
            .flags = "--load-kmods",
            .help = "Load the driver's modules first, where the host has its own, and make its "
                    "nodes"};
}

toolkit::Inventory takeInventory(const Settings& settings) {
    host::Roots roots;
    roots.dev = settings.get(&loader::LifeSettings::devRoot);
    auto inventory =
        toolkit::collect(settings.get<toolkit::InventorySettings>(), roots,
                         {.nvml = [](const auto&... args) { return gpu::askNvml(args...); }});
    for (const host::Error& doubt : toolkit::doubts(inventory)) {
        logWarning(tell(doubt));
    }
    return inventory;
}

} // namespace driverctl
