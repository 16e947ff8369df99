#include "driverctl/commands/all.h"

#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "driverctl/toolkit_installer.h"
#include "host/kernel/module.h"
#include "loader/checks/module_permission.h"
#include "loader/driver_root.h"
#include "loader/instance.h"
#include "loader/loaded_driver.h"
#include "loader/previous_driver.h"

#include <fmt/format.h>
#include <optional>

namespace driverctl {

namespace {

void printSteps(const std::filesystem::path& runDir, const std::optional<loader::NodeState>& last) {
    for (const auto& file : last ? last->containerFiles : std::vector<std::filesystem::path>{}) {
        print("would remove {}\n", file.string());
    }
    if (last && !last->toolkit.empty()) {
        print("would take back what is installed in {}\n", last->toolkit.string());
    }
    for (const auto& module : loader::loadedDriver()) {
        print("would remove module {}\n", module.name);
    }
    if (loader::DriverRoot(runDir, host::systemNodeActions()).isMounted()) {
        print("would unmount {}\n", (runDir / "driver").string());
    }
}

ExitCode unload(const Settings& settings, const Arguments& arguments) {
    const auto& runDir = settings.get(&loader::LifeSettings::runDir);
    const bool dryRun = arguments.has("dry-run");
    const auto pidFile = loader::driverPidFile(runDir);
    std::optional<loader::Instance> instance;
    if (dryRun) {
        loader::Instance::requireFree(pidFile);
    } else {
        instance.emplace(pidFile);
    }
    host::NodeActions& actions = host::systemNodeActions();
    const host::Observer observer = logObserver();
    const auto last = loader::lastState(runDir, observer);
    loader::PreviousDriver driver(runDir, last, actions);
    loader::waitUntilSettled();
    if (!loader::loadedDriver().empty()) {
        requireModulePermission(loader::Need::Removal, actions.moduleAccess());
    }
    if (dryRun) {
        driver.requireUnused();
        printSteps(runDir, last);
        return ExitCode::Done;
    }
    driver.requireUnused(); // before anything is changed
    if (last) {
        takeToolkitBack(*last, observer);
    }
    driver.unload(observer);
    return ExitCode::Done;
}

} // namespace

const Command kUnload = {
    .name = "unload",
    .summary = "Unload the driver that an ended init left, unless somebody uses it",
    .settings = {"run-dir"},
    .arguments = {{.name = "dry-run",
                   .flags = "--dry-run",
                   .help = "Say what would be done, and change nothing"}},
    .exitCodes = {ExitCode::InUse, ExitCode::AlreadyRunning, ExitCode::NotLoadable},
    .run = unload,
};

} // namespace driverctl
