#include "driverctl/commands/all.h"

#include "driverctl/cli/node.h"
#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/driver_modules.h"
#include "driverctl/commands/known_breaks.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/plan_report.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/kernel/module.h"
#include "host/process/signals.h"
#include "loader/decision.h"
#include "loader/driver_life.h"
#include "loader/node_facts.h"
#include "precompile/build/build_settings.h"
#include "precompile/source/source_directory.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <optional>

namespace driverctl {

namespace {

using precompile::PackageIdentity;

using loader::Offer;
using loader::PackageFacts;

struct Plan {
    PackageIdentity wanted;
    std::string package; ///< where it is; empty: nobody has it
    loader::Decision decision;
    /// That init would take, where they are asked for.
    std::optional<std::vector<loader::DriverLife::LifeStep>> steps;

    [[nodiscard]] ExitCode exitCode() const {
        return decision.refusal ? exitCodeOf(*decision.refusal) : ExitCode::Done;
    }
    [[nodiscard]] std::vector<std::string> reasons() const {
        std::vector<std::string> reasons = decision.objections;
        reasons.insert(reasons.end(), decision.reasons.begin(), decision.reasons.end());
        for (const auto& warning : decision.warnings) {
            reasons.push_back(warning.text);
        }
        return reasons;
    }
    [[nodiscard]] std::vector<std::string> remedies() const {
        std::vector<std::string> remedies = decision.remedies;
        for (const auto& warning : decision.warnings) {
            remedies.push_back(warning.remedy);
        }
        std::ranges::transform(remedies, remedies.begin(), advice);
        std::erase(remedies, "");
        return remedies;
    }
};

/// With a package in the store.
PackageFacts atHand(const Settings& settings, const loader::LifeSettings& life,
                    const loader::Node& node, const precompile::DriverSource& source,
                    const precompile::Package& package) {
    try {
        requireWelcome(package, acceptanceOf(settings));
    } catch (const host::Error& error) {
        if (error.fault() != host::Fault::Verification) {
            throw;
        }
        return {.offer = Offer::AtHand, .untrusted = error.what()};
    }
    const auto& identity = package.manifest().identity;
    const host::ModuleTree tree(host::moduleTreeOf(identity.target.kernel));
    auto modules = modulesFor(life, source, package, tree.vermagic(), host::systemNodeActions());
    return lookAtPackage(life, node, package, modules, {});
}

/// Without one: the first source that has it, building, or nothing.
PackageFacts elsewhere(const Settings& settings, host::SignalSet& signals, Plan& plan,
                       const std::string& miss) {
    const auto& wishes = settings.get<precompile::SearchSettings>();
    PackageFacts facts{.offer = wishes.noBuild ? Offer::Nowhere : Offer::Build, .searched = {miss}};
    const auto sources =
        searchFor(settings, wishes.packageSources, plan.wanted, signals).openSources();
    for (const auto& answer : askSources(sources, plan.wanted, precompile::Ask::UntilFound)) {
        if (answer.has) {
            plan.package = answer.source;
            return answer.kind == precompile::PackageSource::Kind::Imported
                       ? PackageFacts{.offer = Offer::Retired,
                                      .searched = {"it is a package of NVIDIA's mkprecompiled"}}
                       : PackageFacts{.offer = Offer::Source, .searched = facts.searched};
        }
        facts.searched.push_back(
            answer.error.empty()
                ? fmt::format("{} has no package for this node", answer.source)
                : fmt::format("package source {} failed: {}", answer.source, answer.error));
    }
    if (facts.offer == Offer::Build) {
        facts.modules = buildFindings(plan.wanted, settings);
    }
    return facts;
}

PackageFacts findOffer(const Settings& settings, const loader::LifeSettings& life,
                       const loader::Node& node, host::SignalSet& signals, Plan& plan) {
    // init needs them to load a package as well as to build one.
    const auto source =
        precompile::findDriverSource(settings.get(&precompile::DriverSettings::sourceDir),
                                     plan.wanted.driver, plan.wanted.flavour);
    const precompile::Store store(settings.get(&precompile::StoreSettings::directory));
    const auto lookup = store.find(plan.wanted);
    if (lookup.file) {
        plan.package = lookup.file->string();
        return atHand(settings, life, node, source, precompile::Package(*lookup.file));
    }
    return elsewhere(settings, signals, plan, store.describeMiss(plan.wanted, lookup));
}

PlanReport reportOf(const Plan& plan) {
    PlanReport report{.driver = plan.wanted.driver,
                      .flavour = std::string(toString(plan.wanted.flavour)),
                      .kernel = plan.wanted.target.kernel,
                      .package = plan.package,
                      .action = std::string(toString(plan.decision.action)),
                      .exitCode = static_cast<int>(plan.exitCode()),
                      .reasons = plan.reasons(),
                      .remedies = plan.remedies(),
                      .steps = {}};
    if (plan.steps) {
        report.steps.emplace();
        for (const auto& step : *plan.steps) {
            report.steps->push_back({.name = step.name, .undoneBy = step.undoneBy});
        }
    }
    return report;
}

ExitCode plan(const Settings& settings, const Arguments& arguments) {
    host::SignalSet signals{SIGINT, SIGTERM};
    const auto& life = settings.get<loader::LifeSettings>();
    const auto driver = completeDriver(settings.get<precompile::DriverSettings>());
    Plan plan{.wanted = identityOfNode(driver), .package = {}, .decision = {}, .steps = {}};
    const loader::Node node =
        lookAtNode(life, plan.wanted, host::systemNodeActions(), logObserver());
    const PackageFacts package = findOffer(settings, life, node, signals, plan);
    plan.decision = decide(node.facts, package);
    if (arguments.has("steps")) {
        const auto way = loader::wayOf(plan.decision.action);
        plan.steps.emplace();
        if (way) {
            plan.steps = loader::DriverLife::stepsUp(life, *way);
        }
    }
    printReport(reportOf(plan), settings);
    return plan.exitCode();
}

} // namespace

const Command kPlan = {
    .name = "plan",
    .summary = "Say what init would do now, and why; change nothing",
    .groups = {&kDriverSettings, &kSearchSettings, &kRegistrySettings, &kLifeSettings},
    .settings = {"json", "store", "work-dir", "force", "no-patches", "linker"},
    .arguments = {{.name = "steps",
                   .flags = "--steps",
                   .help = "List the steps that init would take, and what undoes each"}},
    .exitCodes = {ExitCode::NoPackage, ExitCode::InUse, ExitCode::NotLoadable, ExitCode::NoGpu,
                  ExitCode::VerificationFailed, ExitCode::Signal},
    .run = plan,
};

} // namespace driverctl
