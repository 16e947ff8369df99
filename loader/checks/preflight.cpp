#include "loader/checks/preflight.h"

#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "loader/checks/symbol_check.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace loader {

namespace {

Finding checkBinding(const host::PciFunction& function, bool unbindNouveau) {
    const std::string& driver = function.driver;
    if (driver.empty() || gpu::isNvidiasOwn(driver)) {
        return {Severity::Good, "gpu",
                fmt::format("{} ({:04x}:{:04x}), {}", function.address, function.vendor,
                            function.device,
                            driver.empty() ? "bound to no driver" : "bound to " + driver)};
    }
    if (gpu::isNouveau(driver) && unbindNouveau) {
        return {Severity::Good, "gpu",
                fmt::format("{} is bound to {}, and is taken from it", function.address, driver)};
    }
    if (gpu::isNouveau(driver)) {
        return {Severity::Problem, "gpu",
                fmt::format("{} is bound to {}", function.address, driver),
                "Run {command:init unbind-nouveau}, or boot with modprobe.blacklist=nouveau."};
    }
    return {Severity::Warning, "gpu",
            fmt::format("{} is bound to {} and is left alone", function.address, driver),
            "Bind it to no driver if containers of this node shall use it."};
}

} // namespace

Findings checkGpus(const std::vector<host::PciFunction>& functions, const std::string& driver,
                   precompile::Flavour flavour, const SupportedGpus& table, bool unbindNouveau) {
    Findings findings;
    for (const auto& function : functions) {
        findings.push_back(checkBinding(function, unbindNouveau));
        if (!gpu::isGpu(function)) {
            continue;
        }
        if (isRetired(function.device, driver)) {
            findings.push_back({Severity::Problem, "gpu",
                                fmt::format("GPU {} ({:04x}) is older than Turing, and driver {} "
                                            "does not know it",
                                            function.address, function.device, driver),
                                "Use a driver of branch 580, the last one for such GPUs, or of an "
                                "older one."});
        } else if (!flavourSupport(function.device, table).has(flavour)) {
            const bool open = flavour == precompile::Flavour::Open;
            findings.push_back(
                {Severity::Problem, "flavour",
                 fmt::format("GPU {} ({:04x}) does not work with the {} kernel modules",
                             function.address, function.device, toString(flavour)),
                 fmt::format("Use {{flavour}} {}, or auto.", open ? "proprietary" : "open")});
        }
    }
    return findings;
}

Findings checkSecurity(const host::Roots& roots) {
    if (host::readLineIfExists(roots.sys / "fs/selinux/enforce") != "1") {
        return {};
    }
    return {{Severity::Warning, "kernel", "SELinux is enforcing",
             "Allow the container's type to load modules (module_load), or run it as spc_t."}};
}

SignatureFindings checkModules(const DriverModules& modules,
                               const std::filesystem::path& moduleTree, const SigningFacts& signing,
                               const host::Roots& roots) {
    SignatureFindings result = checkSignatures(modules, signing);
    Findings& findings = result.findings;
    std::vector<CandidateModule> candidates;
    for (const auto& module : modules.modules()) {
        candidates.push_back({module.entry.name, module.file.get()});
    }
    const auto problems = checkSymbols(candidates, {roots.proc, moduleTree});
    if (!problems.empty()) {
        findings.push_back({Severity::Problem, "modules",
                            fmt::format("{} symbols do not fit the running kernel; {}",
                                        problems.size(), host::describe(problems)),
                            "Build a package for the running kernel with {command:update}."});
    } else {
        findings.push_back(
            {Severity::Good, "modules",
             fmt::format("the symbols of {} modules fit the running kernel", candidates.size())});
    }
    return result;
}

void requireNoProblem(const Findings& findings) {
    std::vector<std::string> texts;
    std::vector<std::string> remedies;
    for (const Finding& finding : findings) {
        if (finding.severity == Severity::Problem) {
            texts.push_back(finding.text);
            if (std::ranges::find(remedies, finding.remedy) == remedies.end()) {
                remedies.push_back(finding.remedy);
            }
        }
    }
    if (!texts.empty()) {
        throw host::Error(host::Fault::NotLoadable, fmt::format("{}", fmt::join(texts, "; ")),
                          fmt::format("{}", fmt::join(remedies, " ")));
    }
}

} // namespace loader
