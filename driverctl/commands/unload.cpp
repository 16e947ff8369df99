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

void printSteps(const Options& options) {
    for (const auto& module : loader::loadedDriver()) {
        print("would remove module {}\n", module.name);
    }
    if (loader::DriverRoot(options.life.runDir, host::systemKernel()).isMounted()) {
        print("would unmount {}\n", (options.life.runDir / "driver").string());
    }
}

ExitCode unload(const Options& options) {
    const auto pidFile = options.life.runDir / "nvidia-driver.pid";
    std::optional<loader::Instance> instance;
    if (options.arguments.dryRun) {
        loader::Instance::requireFree(pidFile);
    } else {
        instance.emplace(pidFile);
    }
    host::Kernel& kernel = host::systemKernel();
    loader::PreviousDriver driver(options.life.runDir, lastState(options), kernel);
    loader::waitUntilSettled();
    if (!loader::loadedDriver().empty()) {
        requireModulePermission(loader::Need::Removal);
    }
    driver.requireUnused();
    if (options.arguments.dryRun) {
        printSteps(options);
        return ExitCode::Done;
    }
    host::logInfo("Stopping NVIDIA persistence daemon...");
    driver.endDaemons();
    host::logInfo("Unloading NVIDIA driver kernel modules...");
    driver.removeModules();
    host::logInfo("Unmounting NVIDIA driver rootfs...");
    driver.removeRoot();
    loader::FirmwarePath firmware;
    if (!firmware.set(loader::DriverRoot(options.life.runDir, kernel).firmware())) {
        firmware.restore();
    }
    loader::Markers(options.life.runDir).remove();
    loader::removeState(options.life.runDir);
    return ExitCode::Done;
}

} // namespace

const Command kUnload = {
    .name = "unload",
    .description = "Unload the driver that an ended init left, unless somebody uses it",
    .settings = {"dry-run", "run-dir"},
    .exitCodes = {ExitCode::InUse, ExitCode::AlreadyRunning, ExitCode::NotLoadable},
    .run = unload,
};

} // namespace driverctl
