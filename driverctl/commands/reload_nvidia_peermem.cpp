#include "driverctl/commands/all.h"
#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/kernel/module.h"
#include "host/process/signals.h"
#include "loader/checks/module_permission.h"
#include "loader/checks/preflight.h"
#include "loader/driver_root.h"
#include "loader/loaded_driver.h"
#include "loader/markers.h"
#include "loader/module_parameters.h"
#include "loader/state.h"
#include "precompile/package/package.h"

#include <csignal>
#include <fmt/format.h>

namespace driverctl {

namespace {

constexpr const char* kModule = "nvidia_peermem";
constexpr const char* kNetworkModule = "mlx5_core";
constexpr const char* kNetworkReady = "/run/mellanox/drivers/.driver-ready";
constexpr std::chrono::seconds kPoll{10};

bool networkIsReady(bool hostHasNetwork) {
    return hostHasNetwork ? host::loadedModule(kNetworkModule).has_value()
                          : std::filesystem::exists(kNetworkReady);
}

void waitForDrivers(const std::filesystem::path& runDir, bool hostHasNetwork,
                    host::SignalSet& signals) {
    const loader::Markers markers(runDir, host::systemNodeActions());
    while (!networkIsReady(hostHasNetwork) || !markers.containerIsReady()) {
        logInfo("Waiting for NVIDIA's network driver and GPU driver to be loaded...");
        if (const auto signal = signals.next(kPoll)) {
            throw host::Interrupted(*signal);
        }
    }
}

/// Out of the very package that init loaded, and with the cores of its sources, as the driver root
/// shows them: init may have fetched or built a package that only its own container has. Parameters
/// that this container does not have are init's as well: the GPU Operator mounts them there alone.
/// Of the modules that not everybody wants it is the only one that is loaded.
void loadPeermem(const std::filesystem::path& runDir, const std::filesystem::path& parameterDir) {
    const auto state = loader::readState(runDir);
    if (!state) {
        throw host::Error(fmt::format("{} does not say what init loaded", runDir.string()),
                          "Share the run directory of init's container with this one.");
    }
    const auto directory = host::moduleTreeOf(state->kernel);
    const loader::DriverRoot root(runDir, host::systemNodeActions());
    for (const auto& finding : loader::checkParameterFiles(parameterDir)) {
        logWarning(tell(finding.text, finding.remedy));
    }
    const bool hasOwn = std::filesystem::exists(parameterDir / "nvidia-peermem.conf");
    const auto parameters = hasOwn ? parameterDir : root.inside(parameterDir);
    host::ModuleTree tree(directory);
    loader::DriverModules modules({.package = precompile::Package(root.inside(state->package)),
                                   .sources = root.inside(state->sources),
                                   .parameters =
                                       [&](const std::string& module) {
                                           return loader::moduleParameters(parameters, module,
                                                                           state->driver);
                                       },
                                   .vermagic = tree.vermagic(),
                                   .kernel = state->kernel,
                                   .wishes = {.peerMemory = true, .drm = false}},
                                  host::systemNodeActions());
    modules.restore();
    const auto signing = loader::lookAtSigning(state->kernel);
    requireNoProblem(checkModules(modules, directory, signing).findings);
    modules.load(tree);
}

ExitCode reloadPeermem(const Settings& settings, const Arguments& /*arguments*/) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
    requireModulePermission(loader::Need::Both, host::systemNodeActions().moduleAccess());
    const auto& runDir = settings.get(&loader::LifeSettings::runDir);
    waitForDrivers(runDir, settings.get(&CommandSettings::hostMofed), signals);
    const bool isOurs = !host::loadedModule(kModule); // init may have loaded it
    if (isOurs) {
        loadPeermem(runDir, settings.get(&loader::LifeSettings::parameterDir));
    }
    logInfo("nvidia-peermem is loaded, now waiting for signal");
    signals.next(std::chrono::milliseconds(-1));
    if (isOurs) {
        loader::removeModule(host::systemNodeActions(), kModule);
    }
    return ExitCode::Done;
}

} // namespace

const Command kReloadNvidiaPeermem = {
    .name = "reload_nvidia_peermem",
    .summary = "Wait for NVIDIA's network driver and init, load nvidia-peermem, wait for a signal",
    .settings = {"run-dir", "parameter-dir", "host-mofed"},
    .exitCodes = {ExitCode::InUse, ExitCode::NotLoadable, ExitCode::VerificationFailed,
                  ExitCode::Signal},
    .run = reloadPeermem,
};

} // namespace driverctl
