#include "driverctl/commands/init.h"

#include "driverctl/build_child.h"
#include "driverctl/node.h"
#include "driverctl/node_package.h"
#include "driverctl/package_search.h"
#include "driverctl/running_driver.h"
#include "host/error.h"
#include "host/log.h"
#include "host/module.h"
#include "host/signals.h"
#include "loader/adoption.h"
#include "loader/daemon.h"
#include "loader/gpu.h"
#include "loader/instance.h"
#include "loader/loaded_driver.h"
#include "loader/preflight.h"
#include "precompile/package.h"
#include "precompile/store.h"

#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::Package;
using precompile::PackageIdentity;

/// The package for this node; built when nobody has it and building is allowed.
FoundPackage obtainPackage(const Options& options, const PackageIdentity& wanted,
                           host::SignalSet& signals) {
    auto search = findPackage(options, wanted, signals);
    if (search.found) {
        return std::move(*search.found);
    }
    const precompile::Store store(options.store);
    auto lookup = store.find(wanted);
    const std::string message = describeMiss(options, wanted, lookup);
    if (options.noBuild) {
        throw host::Error(host::Fault::NoPackage, message,
                          "Build one with 'driverctl update', name where one is with "
                          "--package-source, or leave out --no-build.");
    }
    host::logInfo(message);
    host::logInfo("Building NVIDIA driver package...");
    buildInChild(options, wanted, signals);
    lookup = store.find(wanted);
    if (!lookup.file) {
        throw host::Error(host::Fault::NoPackage, "the package that was built does not fit: " +
                                                      describeMiss(options, wanted, lookup));
    }
    FoundPackage built{.package = Package(*lookup.file)};
    requireTrusted(options, built.package);
    return built;
}

void logGpus(const std::vector<host::PciFunction>& functions) {
    for (const auto& function : functions) {
        host::log(host::LogLevel::Debug,
                  fmt::format("NVIDIA device {} ({:04x}:{:04x}), driver {}", function.address,
                              function.vendor, function.device,
                              function.driver.empty() ? "none" : function.driver));
    }
}

/// Only worth a word when a driver is there at all.
void explainReload(const std::vector<std::string>& reasons) {
    if (!loader::loadedDriver().empty()) {
        for (const std::string& reason : reasons) {
            host::logInfo(fmt::format("The loaded driver cannot be adopted: {}", reason));
        }
    }
}

/// Everything that would make the kernel or the GPU refuse the modules, before one is touched.
void checkNode(const Options& options, const PackageIdentity& wanted,
               const std::vector<host::PciFunction>& functions,
               const loader::DriverModules& modules) {
    auto findings =
        loader::checkGpus(functions, wanted.flavour, loader::readSupportedGpus(wanted.driver));
    const auto about = loader::checkModules(modules, moduleTreeOf(wanted.kernel));
    findings.insert(findings.end(), about.begin(), about.end());
    if (options.unbindNouveau) {
        std::erase_if(findings, [](const auto& finding) { return finding.topic == "gpu"; });
    }
    requireNoProblem(findings);
}

/// The way back, should the new driver not come up.
void prepareReturn(loader::PreviousDriver& previous, host::ModuleTree& tree,
                   const std::string& kernel) {
    if (loader::loadedDriver().empty()) {
        return;
    }
    if (const auto reason = previous.prepare(tree, kernel)) {
        host::logWarning(fmt::format(
            "the loaded driver could not be put back, should the new one fail: {}", *reason));
    }
}

} // namespace

ExitCode init(const Options& options) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
    requireDriver(options);
    const PackageIdentity wanted = identityOfNode(options);
    host::Kernel& kernel = host::systemKernel();

    const auto functions = loader::requireNvidiaFunctions();
    logGpus(functions);
    const loader::Instance instance(options.runDir / "nvidia-driver.pid");
    host::logInfo(fmt::format("Starting installation of NVIDIA driver version {} for Linux kernel "
                              "version {}",
                              wanted.driver, wanted.kernel));

    // Whatever can fail without touching the node comes first.
    loader::waitUntilSettled();
    loader::DriverRoot(options.runDir, kernel).requirePropagation();
    host::ModuleTree tree(moduleTreeOf(wanted.kernel));
    const FoundPackage found = obtainPackage(options, wanted, signals);
    const Package& package = found.package;
    auto modules = modulesFor(options, package, tree.vermagic(), kernel);
    const auto last = lastState(options);
    const auto state = initialState(options, package, modules);
    loader::PreviousDriver previous(options.runDir, last, kernel);

    loader::becomeSubreaper();
    RunningDriver driver(options, state, modules, previous, tree, kernel);
    const auto reasons = reasonsToReload(
        {wanted.driver, state.packageSha256, options.configDigest, modules.modules()}, last);
    if (reasons.empty()) {
        host::logInfo("The wanted driver is loaded already, it is adopted as it is");
        driver.adopt();
    } else {
        explainReload(reasons);
        modules.restore();
        checkNode(options, wanted, functions, modules);
        prepareReturn(previous, tree, wanted.kernel);
        if (options.unbindNouveau) {
            loader::unbindNouveau(functions, kernel);
        }
        driver.load();
    }
    host::logInfo("Done, now waiting for signal");
    driver.waitUntilStopped(signals);
    return ExitCode::Done;
}

} // namespace driverctl
