#include "driverctl/report/package_list.h"
#include "driverctl/commands/all.h"
#include "driverctl/commands/packages.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "host/base/error.h"

namespace driverctl {

namespace {

using precompile::Package;

ExitCode listPackages(const Settings& settings, const Arguments& /*arguments*/) {
    PackageList list;
    const auto& store = settings.get(&precompile::StoreSettings::directory);
    requireStore(store);
    for (const Package& package : precompile::Store(store).packages(logObserver())) {
        try {
            list.packages.push_back(summaryOf(package));
        } catch (const host::Error& error) { // it has just gone
            logWarning(error.what());
        }
    }
    printReport(list, settings);
    return ExitCode::Done;
}

} // namespace

const Command kPackageList = {
    .name = "package list",
    .summary = "List the packages of the store",
    .settings = {"json", "store"},
    .run = listPackages,
};

} // namespace driverctl
