#include "loader/decision.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace loader {

namespace {

Finding unsignedBuild() {
    return {Severity::Problem, "modules",
            "the kernel loads signed modules only, and what would be built here is not signed",
            "Build the package elsewhere, with {command:update sign}, and name where it is "
            "with {package-source}."};
}

/// Good ones say nothing about the decision.
void split(const Findings& findings, Findings& problems, Findings& warnings) {
    for (const Finding& finding : findings) {
        if (finding.severity == Severity::Problem) {
            problems.push_back(finding);
        } else if (finding.severity == Severity::Warning) {
            warnings.push_back(finding);
        }
    }
}

void refuse(Decision& decision, host::Fault fault, const Findings& problems) {
    decision.action = Action::Refuse;
    decision.refusal = fault;
    for (const Finding& problem : problems) {
        decision.objections.push_back(problem.text);
        if (std::ranges::find(decision.remedies, problem.remedy) == decision.remedies.end()) {
            decision.remedies.push_back(problem.remedy);
        }
    }
    std::erase(decision.remedies, "");
}

void decideAtHand(const NodeFacts& node, const PackageFacts& package, Decision& decision) {
    if (!node.loaded) {
        decision.action = Action::Load;
        decision.reasons = {"no driver is loaded"};
        return;
    }
    decision.action = Action::Replace;
    decision.reasons = package.reloadReasons;
    if (!node.users.empty()) {
        refuse(decision, host::Fault::InUse,
               {{Severity::Problem, "modules", "the driver is in use: " + describe(node.users),
                 "Stop these first; nothing was changed."}});
    }
}

void decideElsewhere(const PackageFacts& package, Decision& decision) {
    decision.reasons = package.searched;
    switch (package.offer) {
    case Offer::Retired:
        decision.action = Action::Import;
        break;
    case Offer::Source:
        decision.action = Action::Fetch;
        break;
    case Offer::Build:
        decision.action = Action::Build;
        break;
    default:
        std::swap(decision.objections, decision.reasons);
        refuse(decision, host::Fault::NoPackage, {});
        decision.remedies = {"Build one with {command:update}, name where one is with "
                             "{package-source}, or leave out {no-build}."};
    }
}

} // namespace

std::string_view toString(Action action) {
    constexpr std::string_view kNames[] = {"adopt", "load",  "replace", "import",
                                           "fetch", "build", "refuse"};
    return kNames[static_cast<std::size_t>(action)];
}

Decision decide(const NodeFacts& node, const PackageFacts& package) {
    Decision decision;
    Findings problems;
    split(node.findings, problems, decision.warnings);
    if (!package.untrusted.empty()) {
        refuse(decision, host::Fault::Verification,
               {{Severity::Problem, "package", package.untrusted}});
        return decision;
    }
    const bool atHand = package.offer == Offer::AtHand;
    if (atHand && package.reloadReasons.empty()) {
        decision.action = Action::Adopt;
        decision.reasons = {"the wanted driver is loaded, with the same package and parameters"};
        // They forbid nothing now, but its end and the next one.
        decision.warnings.insert(decision.warnings.end(), problems.begin(), problems.end());
        return decision;
    }
    split(package.modules, problems, decision.warnings);
    if (package.offer == Offer::Build && node.signaturesEnforced) {
        problems.push_back(unsignedBuild());
    }
    // What is not at hand may turn out to be what is loaded, and is adopted then.
    const bool mayBeAdopted = !atHand && node.loaded && node.recorded;
    if (!problems.empty() && !mayBeAdopted) {
        refuse(decision, host::Fault::NotLoadable, problems);
    } else if (atHand) {
        decideAtHand(node, package, decision);
    } else {
        decideElsewhere(package, decision);
    }
    return decision;
}

void requireAllowed(const Decision& decision) {
    if (decision.refusal) {
        throw host::Error(*decision.refusal,
                          fmt::format("{}", fmt::join(decision.objections, "; ")),
                          fmt::format("{}", fmt::join(decision.remedies, " ")));
    }
}

} // namespace loader
