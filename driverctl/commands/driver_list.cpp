#include "driverctl/report/driver_list.h"
#include "driverctl/commands/all.h"
#include "driverctl/report/print.h"

namespace driverctl {

namespace {

ExitCode listDrivers(const Settings& settings, const Arguments& /*arguments*/) {
    const auto& directory = settings.get(&precompile::DriverSettings::sourceDir);
    printReport(DriverList{precompile::lookAtSources(directory)}, settings);
    return ExitCode::Done;
}

} // namespace

const Command kDriverList = {
    .name = "driver list",
    .summary = "List the drivers whose kernel sources are there, and what is missing",
    .settings = {"json", "source-dir"},
    .run = listDrivers,
};

} // namespace driverctl
