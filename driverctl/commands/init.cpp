#include "driverctl/commands/init.h"

#include "driverctl/build_child.h"
#include "driverctl/node.h"
#include "driverctl/running_driver.h"
#include "host/error.h"
#include "host/log.h"
#include "host/module.h"
#include "host/signals.h"
#include "loader/daemon.h"
#include "loader/gpu.h"
#include "loader/instance.h"
#include "loader/loaded_driver.h"
#include "precompile/package.h"
#include "precompile/store.h"

#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::Package;
using precompile::PackageIdentity;

/// Container images mount the host's module tree at one of these.
std::filesystem::path moduleTree(const std::string& kernel) {
    for (const char* modules : {"/lib/modules", "/usr/lib/modules", "/usr/lib64/modules"}) {
        if (std::filesystem::exists(std::filesystem::path(modules) / kernel / "modules.dep")) {
            return std::filesystem::path(modules) / kernel;
        }
    }
    return std::filesystem::path("/lib/modules") / kernel;
}

std::string reasonsOf(const precompile::Store::Lookup& lookup) {
    std::string text;
    for (const auto& verdict : lookup.others) {
        for (const std::string& reason : verdict.reasons) {
            text += fmt::format("\n  {}: {}", verdict.file.filename().string(), reason);
        }
    }
    return text;
}

/// The package for this node; built when there is none and building is allowed.
Package findPackage(const Options& options, const PackageIdentity& wanted,
                    host::SignalSet& signals) {
    const precompile::Store store(options.store);
    auto lookup = store.find(wanted);
    if (lookup.file) {
        return Package(*lookup.file);
    }
    const std::string reasons = reasonsOf(lookup);
    const std::string message = fmt::format("no package in {} fits {}{}", options.store.string(),
                                            wanted.describe(), reasons);
    if (options.noBuild) {
        throw host::Error(host::Fault::NoPackage, message,
                          "Build one with 'driverctl update', or leave out --no-build.");
    }
    host::logInfo(message);
    host::logInfo("Building NVIDIA driver package...");
    buildInChild(options, wanted, signals);
    lookup = store.find(wanted);
    if (!lookup.file) {
        throw host::Error(host::Fault::NoPackage, "the package that was built does not fit: " +
                                                      wanted.describe() + reasonsOf(lookup));
    }
    return Package(*lookup.file);
}

/// What a dead instance left behind, or the host itself loaded. Refuses while anybody uses it.
void removePreviousDriver(const Options& options, host::Kernel& kernel) {
    host::logInfo("Stopping NVIDIA persistence daemon...");
    RunningDriver::stopLeftDaemon(options.runDir);
    host::logInfo("Unloading NVIDIA driver kernel modules...");
    loader::removeLoadedDriver(kernel);
    host::logInfo("Unmounting NVIDIA driver rootfs...");
    loader::DriverRoot(options.runDir, kernel).unmount();
    loader::removeState(options.runDir);
}

void logGpus(const std::vector<host::PciFunction>& functions) {
    for (const auto& function : functions) {
        host::log(host::LogLevel::Debug,
                  fmt::format("NVIDIA device {} ({:04x}:{:04x}), driver {}", function.address,
                              function.vendor, function.device,
                              function.driver.empty() ? "none" : function.driver));
    }
}

} // namespace

ExitCode init(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
    requireDriver(options);
    const PackageIdentity wanted = identityOfNode(options);
    host::Kernel& kernel = host::systemKernel();

    logGpus(loader::requireNvidiaFunctions());
    const loader::Instance instance(options.runDir / "nvidia-driver.pid");
    host::logInfo(fmt::format("Starting installation of NVIDIA driver version {} for Linux kernel "
                              "version {}",
                              wanted.driver, wanted.kernel));

    // Whatever can fail without touching the node comes first.
    loader::DriverRoot(options.runDir, kernel).requirePropagation();
    host::ModuleTree tree(moduleTree(wanted.kernel));
    const Package package = findPackage(options, wanted, signals);
    const auto source =
        precompile::findDriverSource(options.sourceDir, wanted.driver, wanted.flavour);
    loader::DriverModules modules({.package = package,
                                   .sources = source.directory,
                                   .parameters = options.parameterDir,
                                   .vermagic = tree.vermagic(),
                                   .kernel = wanted.kernel},
                                  kernel);

    removePreviousDriver(options, kernel);
    host::logInfo("Checking NVIDIA driver packages...");
    host::logInfo(fmt::format("Found NVIDIA driver package {}", package.file().stem().string()));

    loader::becomeSubreaper();
    RunningDriver driver(options, package, modules, tree, kernel);
    driver.start();
    host::logInfo("Done, now waiting for signal");
    driver.waitUntilStopped(signals);
    return ExitCode::Done;
}

} // namespace driverctl
