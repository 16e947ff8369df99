#include "driverctl/commands/all.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/toolkit_installer.h"
#include "host/process/signals.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>

namespace driverctl {

namespace {

namespace fs = std::filesystem;

/// NVIDIA's container makes a directory of this name where none is named.
fs::path directoryFor(const Settings& settings, const Arguments& arguments) {
    return arguments.has("directory") ? fs::path(arguments.word("directory"))
                                      : settings.get(&CommandSettings::toolkitRoot) / "toolkit";
}

ExitCode install(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
    auto plan = installationPlan(settings, directoryFor(settings, arguments));
    plan.config.driverRoot = settings.get(&toolkit::InventorySettings::driverRoot);
    const host::Observer observer = logObserver();
    const std::string directory = plan.directory.string();
    ToolkitInstaller installer(plan, observer);
    installer.putUp();
    logInfo(fmt::format("Programs for container runtimes are in {}", directory));
    if (settings.get(&CommandSettings::noDaemon)) {
        return ExitCode::Done;
    }
    logInfo("Done, now waiting for signal");
    const auto signal = signals.next(std::chrono::milliseconds(-1));
    logInfo(fmt::format("Caught signal {}", ::strsignal(*signal)));
    installer.takeBack();
    return ExitCode::Done;
}

} // namespace

const Command kToolkitInstall = {
    .name = "toolkit install",
    .summary = "Install the programs that container runtimes start, configure one to start them, "
               "wait; take it back on a signal",
    .groups = {&kToolkitSettings, &kRuntimeSettings},
    .settings = {"toolkit-root", "no-daemon", "driver-root"},
    .arguments = {{.name = "directory",
                   .placeholder = "DIR",
                   .help = "Of the host, under the same name here",
                   .least = 0}},
    .exitCodes = {ExitCode::AlreadyRunning},
    .run = install,
};

} // namespace driverctl
