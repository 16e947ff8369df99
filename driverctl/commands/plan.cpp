#include "driverctl/commands/all.h"

#include "driverctl/cli/node.h"
#include "driverctl/mkprecompiled.h"
#include "driverctl/node_facts.h"
#include "driverctl/node_package.h"
#include "driverctl/package_search.h"
#include "driverctl/report/plan_report.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "loader/decision.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>

namespace driverctl {

namespace {

using precompile::PackageIdentity;

using loader::Offer;
using loader::PackageFacts;

struct Plan {
    PackageIdentity wanted;
    std::string package; ///< where it is; empty: nobody has it
    loader::Decision decision;

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
PackageFacts atHand(const Options& options, const Node& node, const precompile::Package& package) {
    try {
        requireTrusted(options, package);
    } catch (const host::Error& error) {
        if (error.fault() != host::Fault::Verification) {
            throw;
        }
        return {.offer = Offer::AtHand, .untrusted = error.what()};
    }
    const auto& identity = package.manifest().identity;
    const host::ModuleTree tree(moduleTreeOf(identity.kernel));
    auto modules = modulesFor(options, package, tree.vermagic(), host::systemKernel());
    return lookAtPackage(options, node, package, modules);
}

/// Without one: the first source that has it, building, or nothing.
PackageFacts elsewhere(const Options& options, host::SignalSet& signals, Plan& plan,
                       const std::string& miss) {
    PackageFacts facts{.offer = options.search.noBuild ? Offer::Nowhere : Offer::Build,
                       .searched = {miss}};
    for (const SourceAnswer& answer : askSources(options, plan.wanted, Ask::UntilFound, signals)) {
        if (answer.has) {
            plan.package = answer.source;
            facts.offer = Offer::Source;
            break;
        }
        facts.searched.push_back(
            answer.error.empty()
                ? fmt::format("{} has no package for this node", answer.source)
                : fmt::format("package source {} failed: {}", answer.source, answer.error));
    }
    return facts;
}

PackageFacts findOffer(const Options& options, const Node& node, host::SignalSet& signals,
                       Plan& plan) {
    const auto lookup = precompile::Store(options.store.directory).find(plan.wanted);
    if (lookup.file) {
        plan.package = lookup.file->string();
        return atHand(options, node, precompile::Package(*lookup.file));
    }
    // Nobody signs such a package, so init takes none where signatures count.
    const auto retired = retiredPackage(options, plan.wanted);
    if (retired && options.search.trust.empty()) {
        plan.package = retired->string();
        return {.offer = Offer::Retired, .searched = {"it is a package of NVIDIA's mkprecompiled"}};
    }
    return elsewhere(options, signals, plan, describeMiss(options, plan.wanted, lookup));
}

PlanReport reportOf(const Plan& plan) {
    return {.driver = plan.wanted.driver,
            .flavour = std::string(toString(plan.wanted.flavour)),
            .kernel = plan.wanted.kernel,
            .package = plan.package,
            .action = std::string(toString(plan.decision.action)),
            .exitCode = static_cast<int>(plan.exitCode()),
            .reasons = plan.reasons(),
            .remedies = plan.remedies()};
}

ExitCode plan(const Options& options) {
    host::SignalSet signals{SIGINT, SIGTERM};
    requireDriver(options);
    Plan plan{.wanted = identityOfNode(options), .package = {}, .decision = {}};
    const Node node = lookAtNode(options, plan.wanted);
    const PackageFacts package = findOffer(options, node, signals, plan);
    plan.decision = decide(node.facts, package);
    printReport(reportOf(plan), options.command);
    return plan.exitCode();
}

} // namespace

const Command kPlan = {
    .name = "plan",
    .description = "Say what init would do now, and why; change nothing",
    .settings = {"json", "driver", "flavour", "tag", "store", "source-dir", "no-build", "run-dir",
                 "unbind-nouveau", "parameter-dir", "config-digest", "gpu-direct-rdma", "trust",
                 "package-source", "auth-file", "plain-http", "ca-file"},
    .exitCodes = {ExitCode::NoPackage, ExitCode::InUse, ExitCode::NotLoadable, ExitCode::NoGpu,
                  ExitCode::VerificationFailed, ExitCode::Signal},
    .run = plan,
};

} // namespace driverctl
