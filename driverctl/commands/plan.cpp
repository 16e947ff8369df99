#include "driverctl/commands/plan.h"

#include "driverctl/mkprecompiled.h"
#include "driverctl/node.h"
#include "driverctl/node_package.h"
#include "driverctl/package_search.h"
#include "driverctl/print.h"
#include "driverctl/running_driver.h"
#include "host/error.h"
#include "host/signals.h"
#include "loader/adoption.h"
#include "loader/gpu.h"
#include "loader/preflight.h"

#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace driverctl {

namespace {

using precompile::PackageIdentity;

struct Plan {
    PackageIdentity wanted;
    std::string package = {}; ///< where it is; empty: nobody has it
    std::string action = {};  ///< adopt, load, replace, import, fetch, build, refuse
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

/// False, and a refusal, when nobody who is trusted signed it.
bool trusted(const precompile::Package& package, const Options& options, Plan& plan) {
    try {
        requireTrusted(options, package);
        return true;
    } catch (const host::Error& error) {
        if (error.fault() != host::Fault::Verification) {
            throw;
        }
        plan.action = "refuse";
        plan.exitCode = ExitCode::VerificationFailed;
        plan.reasons = {error.what()};
        return false;
    }
}

/// Without a package in the store: fetch from the first source that has it, build, or refuse.
void decideWithout(const Options& options, host::SignalSet& signals, Plan& plan) {
    for (const SourceAnswer& answer : askSources(options, plan.wanted, Ask::UntilFound, signals)) {
        if (answer.has) {
            plan.action = "fetch";
            plan.package = answer.source;
            return;
        }
        plan.reasons.push_back(
            answer.error.empty()
                ? fmt::format("{} has no package for this node", answer.source)
                : fmt::format("package source {} failed: {}", answer.source, answer.error));
    }
    plan.action = options.noBuild ? "refuse" : "build";
    plan.exitCode = options.noBuild ? ExitCode::NoPackage : ExitCode::Done;
}

Plan decide(const Options& options, host::SignalSet& signals) {
    Plan plan{.wanted = identityOfNode(options)};
    const auto lookup = precompile::Store(options.store).find(plan.wanted);
    if (lookup.file) {
        plan.package = lookup.file->string();
        const precompile::Package package(*lookup.file);
        if (trusted(package, options, plan)) {
            decideWith(package, options, plan);
        }
        return plan;
    }
    // Nobody signs such a package, so init takes none where signatures count.
    const auto retired = retiredPackage(options, plan.wanted);
    if (retired && options.trust.empty()) {
        plan.action = "import";
        plan.package = retired->string();
        plan.reasons = {"it is a package of NVIDIA's mkprecompiled"};
        return plan;
    }
    plan.reasons = {describeMiss(options, plan.wanted, lookup)};
    decideWithout(options, signals, plan);
    return plan;
}

void printText(const Plan& plan) {
    print("driver   {} ({})\nkernel   {}\npackage  {}\naction   {}\n", plan.wanted.driver,
          toString(plan.wanted.flavour), plan.wanted.kernel,
          plan.package.empty() ? "none" : plan.package, plan.action);
    for (const std::string& reason : plan.reasons) {
        std::cout << "because  " << host::printableMessage(reason) << '\n'; // of several lines
    }
}

void printJson(const Plan& plan) {
    const nlohmann::ordered_json document = {
        {"driver", plan.wanted.driver}, {"flavour", toString(plan.wanted.flavour)},
        {"kernel", plan.wanted.kernel}, {"package", plan.package},
        {"action", plan.action},        {"exit_code", static_cast<int>(plan.exitCode)},
        {"reasons", plan.reasons}};
    printDocument(document);
}

} // namespace

ExitCode plan(const Options& options) {
    host::SignalSet signals{SIGINT, SIGTERM};
    requireDriver(options);
    loader::requireNvidiaFunctions();
    const Plan plan = decide(options, signals);
    options.json ? printJson(plan) : printText(plan);
    return plan.exitCode;
}

} // namespace driverctl
