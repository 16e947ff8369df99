#include "driverctl/commands/all.h"

#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/print.h"
#include "host/kernel/module.h"
#include "loader/checks/module_permission.h"
#include "loader/firmware_path.h"
#include "loader/instance.h"
#include "loader/loaded_driver.h"
#include "loader/markers.h"
#include "loader/previous_driver.h"

#include <fmt/format.h>
#include <optional>

namespace driverctl {

namespace {

void printSteps(const std::filesystem::path& runDir) {
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
    const auto pidFile = runDir / "nvidia-driver.pid";
    std::optional<loader::Instance> instance;
    if (dryRun) {
        loader::Instance::requireFree(pidFile);
    } else {
        instance.emplace(pidFile);
    }
    host::NodeActions& actions = host::systemNodeActions();
    loader::PreviousDriver driver(runDir, lastState(runDir), actions);
    loader::waitUntilSettled();
    if (!loader::loadedDriver().empty()) {
        requireModulePermission(loader::Need::Removal);
    }
    driver.requireUnused();
    if (dryRun) {
        printSteps(runDir);
        return ExitCode::Done;
    }
    host::logInfo("Stopping NVIDIA persistence daemon...");
    driver.endDaemons();
    host::logInfo("Unloading NVIDIA driver kernel modules...");
    driver.removeModules();
    host::logInfo("Unmounting NVIDIA driver rootfs...");
    driver.removeRoot();
    loader::FirmwarePath firmware(actions);
    if (!firmware.set(loader::DriverRoot(runDir, actions).firmware())) {
        firmware.restore();
    }
    loader::Markers(runDir, actions).remove();
    loader::removeState(actions, runDir);
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
