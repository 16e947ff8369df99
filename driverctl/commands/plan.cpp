#include "driverctl/commands/plan.h"

#include "driverctl/mkprecompiled.h"
#include "driverctl/node.h"
#include "driverctl/node_package.h"
#include "driverctl/running_driver.h"
#include "host/error.h"
#include "loader/adoption.h"
#include "loader/gpu.h"
#include "loader/preflight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::PackageIdentity;

struct Plan {
    PackageIdentity wanted;
    std::string package = {}; ///< empty: none in the store
    std::string action = {};  ///< adopt, load, replace, import, build, refuse
    ExitCode exitCode = ExitCode::Done;
    std::vector<std::string> reasons = {};
};

std::set<pid_t> daemonsOf(const std::optional<loader::NodeState>& state) {
    std::set<pid_t> pids;
    for (const auto& process :
         state ? runningDaemons(*state) : std::vector<loader::ProcessIdentity>{}) {
        pids.insert(process.pid);
    }
    return pids;
}

/// What the kernel would make of the modules: a problem means that init refuses.
void judge(loader::DriverModules& modules, Plan& plan) {
    modules.restore();
    std::vector<std::string> remarks;
    for (const auto& finding : checkModules(modules, moduleTreeOf(plan.wanted.kernel))) {
        if (finding.severity != loader::Severity::Good) {
            remarks.push_back(finding.text);
        }
        if (finding.severity == loader::Severity::Problem) {
            plan.action = "refuse";
            plan.exitCode = ExitCode::NotLoadable;
            plan.reasons.clear();
        }
    }
    plan.reasons.insert(plan.reasons.end(), remarks.begin(), remarks.end());
}

/// With a package in the store: adopt, load, replace, or refuse because somebody uses the driver.
void decideWith(const precompile::Package& package, const Options& options, Plan& plan) {
    const host::ModuleTree tree(moduleTreeOf(plan.wanted.kernel));
    auto modules = modulesFor(options, package, tree.vermagic(), host::systemKernel());
    const auto last = lastState(options);
    const auto state = initialState(options, package, modules);
    const bool loaded = !loader::loadedDriver().empty();
    plan.package = package.file().string();
    plan.reasons = reasonsToReload(
        {plan.wanted.driver, state.packageSha256, options.configDigest, modules.modules()}, last);
    if (plan.reasons.empty()) {
        plan.action = "adopt";
        plan.reasons = {"the wanted driver is loaded, with the same package and parameters"};
    } else if (!loaded) {
        plan.action = "load";
        plan.reasons = {"no driver is loaded"};
    } else if (const auto users = loader::usersOfDriver(daemonsOf(last)); !users.empty()) {
        plan.action = "refuse";
        plan.exitCode = ExitCode::InUse;
        plan.reasons.push_back("the driver is in use: " + describe(users));
    } else {
        plan.action = "replace";
    }
    if (plan.action == "load" || plan.action == "replace") {
        judge(modules, plan);
    }
}

Plan decide(const Options& options) {
    Plan plan{.wanted = identityOfNode(options)};
    const auto lookup = precompile::Store(options.store).find(plan.wanted);
    if (lookup.file) {
        decideWith(precompile::Package(*lookup.file), options, plan);
        return plan;
    }
    if (const auto retired = retiredPackage(options, plan.wanted)) {
        plan.action = "import";
        plan.reasons = {
            fmt::format("{} is a package of NVIDIA's mkprecompiled", retired->string())};
        return plan;
    }
    plan.action = options.noBuild ? "refuse" : "build";
    plan.exitCode = options.noBuild ? ExitCode::NoPackage : ExitCode::Done;
    plan.reasons = {describeMiss(options, plan.wanted, lookup)};
    return plan;
}

void printText(const Plan& plan) {
    std::cout << fmt::format("driver   {} ({})\nkernel   {}\npackage  {}\naction   {}\n",
                             plan.wanted.driver, toString(plan.wanted.flavour), plan.wanted.kernel,
                             plan.package.empty() ? "none" : plan.package, plan.action);
    for (const std::string& reason : plan.reasons) {
        std::cout << fmt::format("because  {}\n", reason);
    }
}

void printJson(const Plan& plan) {
    const nlohmann::ordered_json document = {
        {"driver", plan.wanted.driver}, {"flavour", toString(plan.wanted.flavour)},
        {"kernel", plan.wanted.kernel}, {"package", plan.package},
        {"action", plan.action},        {"exit_code", static_cast<int>(plan.exitCode)},
        {"reasons", plan.reasons}};
    std::cout << document.dump(2) << '\n';
}

} // namespace

ExitCode plan(const Options& options) {
    requireDriver(options);
    loader::requireNvidiaFunctions();
    const Plan plan = decide(options);
    options.json ? printJson(plan) : printText(plan);
    return plan.exitCode;
}

} // namespace driverctl
