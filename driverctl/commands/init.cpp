#include "driverctl/commands/all.h"

#include "driverctl/cli/node.h"
#include "driverctl/cli/version.h"
#include "driverctl/commands/build_child.h"
#include "driverctl/commands/driver_modules.h"
#include "driverctl/commands/known_breaks.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/container_access.h"
#include "driverctl/metrics_server.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/remedy.h"
#include "driverctl/termination_log.h"
#include "driverctl/toolkit_installer.h"
#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/kernel/module.h"
#include "host/process/signals.h"
#include "loader/daemons/daemon.h"
#include "loader/decision.h"
#include "loader/driver_life.h"
#include "loader/instance.h"
#include "loader/loaded_driver.h"
#include "loader/markers.h"
#include "loader/metrics/node_metrics.h"
#include "loader/node_facts.h"
#include "precompile/build/build_settings.h"
#include "precompile/package/package.h"
#include "precompile/package/store.h"
#include "precompile/source/source_directory.h"

#include <csignal>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace driverctl {

namespace {

using precompile::Package;
using precompile::PackageIdentity;

/// The package for this node; built when nobody has it and building is allowed. A node that could
/// load none is refused before anything is fetched or built.
precompile::FoundPackage obtainPackage(const Settings& settings, const PackageIdentity& wanted,
                                       const loader::Node& node, host::SignalSet& signals) {
    logInfo("Checking NVIDIA driver packages...");
    const auto& wishes = settings.get<precompile::SearchSettings>();
    const precompile::Store store(settings.get(&precompile::StoreSettings::directory));
    if (!store.find(wanted).file) {
        requireAllowed(decide(node.facts, {.offer = loader::Offer::Source}));
    }
    auto search = searchFor(settings, wishes.packageSources, wanted, signals);
    search.nothingElse = wishes.noBuild;
    auto result = findPackage(search, wanted);
    if (result.found) {
        return std::move(*result.found);
    }
    auto lookup = store.find(wanted);
    const std::string message = store.describeMiss(wanted, lookup);
    loader::PackageFacts facts{.offer =
                                   wishes.noBuild ? loader::Offer::Nowhere : loader::Offer::Build,
                               .searched = {message}};
    if (!wishes.noBuild) {
        facts.modules = buildFindings(wanted, settings);
    }
    requireAllowed(decide(node.facts, facts));
    logInfo(message);
    logInfo("Building NVIDIA driver package...");
    buildInChild(settings, wanted, signals);
    lookup = store.find(wanted);
    if (!lookup.file) {
        throw host::Error(host::Fault::NoPackage, "the package that was built does not fit: " +
                                                      store.describeMiss(wanted, lookup));
    }
    precompile::FoundPackage built{.package = Package(*lookup.file)};
    requireWelcome(built.package, search.acceptance);
    return built;
}

void logGpus(const std::vector<host::PciFunction>& functions) {
    for (const auto& function : functions) {
        log(LogLevel::Debug, fmt::format("NVIDIA device {} ({:04x}:{:04x}), driver {}",
                                         function.address, function.vendor, function.device,
                                         function.driver.empty() ? "none" : function.driver));
    }
}

/// Tells what is worth a word, and throws a refusal.
loader::Way chooseWay(const loader::Node& node, const loader::PackageFacts& package) {
    if (node.facts.loaded) {
        for (const std::string& reason : package.reloadReasons) {
            logInfo(fmt::format("The loaded driver cannot be adopted: {}", reason));
        }
    }
    const auto decision = decide(node.facts, package);
    for (const auto& warning : decision.warnings) {
        logWarning(tell(warning.text, warning.remedy));
    }
    requireAllowed(decision);
    return *loader::wayOf(decision.action);
}

/// The way back, should the new driver not come up.
void prepareReturn(loader::PreviousDriver& previous, host::ModuleTree& tree,
                   const std::string& kernel) {
    if (const auto reason = previous.prepare(tree, kernel)) {
        logWarning(fmt::format(
            "the loaded driver could not be put back, should the new one fail: {}", *reason));
    }
}

/// What else has to be there before the driver comes up.
void prepare(loader::Way way, loader::PreviousDriver& previous, host::ModuleTree& tree,
             const std::string& kernel) {
    if (way == loader::Way::Adopt) {
        logInfo("The wanted driver is loaded already, it is adopted as it is");
    } else if (!loader::loadedDriver().empty()) {
        prepareReturn(previous, tree, kernel);
    }
}

/// What an earlier life left for container runtimes, and another driver that has the GPUs.
void clear(const loader::Node& node, loader::Way way, const loader::LifeSettings& settings,
           host::NodeActions& actions, const host::Observer& observer) {
    if (node.last) {
        takeToolkitBack(*node.last, observer, settings.toolkit);
    }
    if (way == loader::Way::Load && settings.unbindNouveau) {
        gpu::unbindNouveau(node.functions, actions);
    }
}

/// What is to be installed for container runtimes; nothing, where nobody has asked.
std::optional<toolkit::InstallationPlan> toolkitPlan(const Settings& settings) {
    const auto& life = settings.get<loader::LifeSettings>();
    if (life.toolkit.empty()) {
        return std::nullopt;
    }
    auto plan = installationPlan(settings, life.toolkit);
    plan.config.driverRoot = life.runDir / "driver";
    return plan;
}

/// Until a signal was followed. Somebody who uses the driver keeps it as long; should init be
/// killed meanwhile, the termination log says who.
void waitUntilStopped(loader::DriverLife& life, MetricsServer& server,
                      const TerminationLog& termination) {
    for (std::string reason;;) {
        try {
            return life.waitUntilStopped(server);
        } catch (const host::Error& error) {
            if (error.fault() != host::Fault::InUse) {
                throw;
            }
            if (reason.empty()) { // asked once a second, told once
                logError(tell(error));
                logInfo("init stops as soon as nobody uses the driver");
            }
            if (reason != tell(error)) {
                reason = tell(error);
                termination.write(reason);
            }
        }
    }
}

/// The driver's life, from the first look at the node to a signal that was followed.
void live(const Settings& settings, const TerminationLog& termination) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
    const auto& lifeSettings = settings.get<loader::LifeSettings>();
    const auto& metricsSettings = settings.get<loader::MetricsSettings>();
    const auto driver = completeDriver(settings.get<precompile::DriverSettings>());
    const PackageIdentity wanted = identityOfNode(driver);
    host::NodeActions& actions = host::systemNodeActions();
    const host::Observer observer = logObserver();
    const auto toolkit = toolkitPlan(settings);

    // A dead init has left "ready", also where the GPU is gone meanwhile.
    const loader::Instance instance(loader::driverPidFile(lifeSettings.runDir));
    const loader::NotReady notReady(lifeSettings.runDir, actions, observer);
    logGpus(gpu::requireNvidiaFunctions());
    logInfo(fmt::format("Starting installation of NVIDIA driver version {} for Linux kernel "
                        "version {}",
                        wanted.driver, wanted.target.kernel));

    // Whatever can fail without touching the node comes first.
    loader::waitUntilSettled(&signals);
    host::ModuleTree tree(host::moduleTreeOf(wanted.target.kernel));
    const auto look = [&] { return lookAtNode(lifeSettings, wanted, actions, observer); };
    const auto source =
        precompile::findDriverSource(driver.sourceDir, wanted.driver, wanted.flavour);
    const precompile::FoundPackage found = obtainPackage(settings, wanted, look(), signals);
    const Package& package = found.package;
    logInfo(fmt::format("Found NVIDIA driver package {}", package.file().stem().string()));
    auto modules = modulesFor(lifeSettings, source, package, tree.vermagic(), actions);
    const loader::Node node = look(); // once more: building takes minutes
    const auto facts = lookAtPackage(lifeSettings, node, package, modules, observer);
    const auto way = chooseWay(node, facts);

    loader::PreviousDriver previous(lifeSettings.runDir, node.last, actions);
    loader::becomeSubreaper();
    loader::NodeMetrics metrics(metricsSettings.file, kVersion, observer);
    ContainerFiles containers(lifeSettings, settings.get<toolkit::cdi::CdiSettings>(), actions,
                              observer, {}, toolkit);
    MetricsServer server(metricsSettings.listen, [&metrics] { return metrics.text(); });
    loader::DriverLife life({.settings = lifeSettings,
                             .actions = actions,
                             .containers = containers,
                             .signals = signals,
                             .observer = observer,
                             .publish = [&metrics](const auto& state) { metrics.publish(state); }},
                            initialState(lifeSettings, package, modules), modules, previous, tree);
    prepare(way, previous, tree, wanted.target.kernel);
    clear(node, way, lifeSettings, actions, observer);
    life.start(way);
    logInfo("Done, now waiting for signal");
    waitUntilStopped(life, server, termination);
}

ExitCode init(const Settings& settings, const Arguments& /*arguments*/) {
    const TerminationLog termination(settings.get(&CommandSettings::terminationLog), logObserver());
    try {
        live(settings, termination);
    } catch (const host::Error& error) {
        termination.write(tell(error));
        throw;
    }
    termination.write(""); // a refusal that it may hold is past
    return ExitCode::Done;
}

} // namespace

const Command kInit = {
    .name = "init",
    .summary =
        "Load the driver, expose the driver root, wait; unload on HUP, INT, QUIT, PIPE or TERM",
    .groups = {&kDriverSettings, &kMirrorSettings, &kSigningSettings, &kSearchSettings,
               &kRegistrySettings, &kLifeSettings, &kMetricsSettings, &kCdiSettings,
               &kToolkitSettings, &kRuntimeSettings},
    .settings = {"store", "accept-license", "release", "channel", "board", "build-root", "work-dir",
                 "ccache-dir", "max-threads", "source-date-epoch", "force", "no-patches", "linker",
                 "termination-log"},
    .exitCodes = {ExitCode::NoPackage, ExitCode::InUse, ExitCode::AlreadyRunning,
                  ExitCode::NotLoadable, ExitCode::NoGpu, ExitCode::VerificationFailed,
                  ExitCode::Signal},
    .run = init,
};

} // namespace driverctl
