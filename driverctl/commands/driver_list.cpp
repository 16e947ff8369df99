#include "driverctl/report/driver_list.h"
#include "driverctl/commands/all.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

ExitCode listDrivers(const Settings& settings, const Arguments& /*arguments*/) {
    const auto& directory = settings.get(&precompile::DriverSettings::sourceDir);
    const auto sources = precompile::lookAtSources(directory);
    if (sources.unreadable) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("cannot list {}: {}", directory.string(), sources.unreadable.message()),
            "Name the directory of drivers' sources with {source-dir}.");
    }
    printReport(DriverList{sources}, settings);
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
