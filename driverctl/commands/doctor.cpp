#include "driverctl/commands/all.h"

#include "driverctl/cli/node.h"
#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/cdi_directories.h"
#include "driverctl/commands/driver_modules.h"
#include "driverctl/commands/known_breaks.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/report/doctor_report.h"
#include "driverctl/report/print.h"
#include "driverctl/report/remedy.h"
#include "driverctl/selinux_labels.h"
#include "gpu/functions.h"
#include "host/base/error.h"
#include "host/kernel/module.h"
#include "host/process/environment.h"
#include "host/process/signals.h"
#include "loader/checks/host_drivers.h"
#include "loader/checks/preflight.h"
#include "loader/checks/provisions.h"
#include "loader/driver_root.h"
#include "loader/module_parameters.h"
#include "loader/node_facts.h"
#include "precompile/source/source_directory.h"
#include "toolkit/cdi/directories.h"
#include "toolkit/rootless/checks.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <unistd.h>

namespace driverctl {

namespace {

using loader::Finding;
using loader::Findings;
using loader::Severity;

void append(Findings& findings, Findings&& more) {
    std::ranges::move(more, std::back_inserter(findings));
}

/// What the check throws becomes a finding.
template <typename Check>
Findings guarded(const std::string& topic, Check&& check) {
    try {
        return check();
    } catch (const host::Error& error) {
        return {{Severity::Problem, topic, error.what(), error.remedy()}};
    }
}

Findings checkRunDirectory(const std::filesystem::path& runDir) {
    loader::DriverRoot(runDir, host::systemNodeActions()).requirePropagation();
    return {{Severity::Good, "host", fmt::format("{} is shared with the host", runDir.string())}};
}

bool storeHas(const Settings& settings, const precompile::PackageIdentity& wanted) {
    const precompile::Store store(settings.get(&precompile::StoreSettings::directory));
    return store.find(wanted).file.has_value();
}

/// Each of them, also when the store has the package: the next kernel may need one. `has` becomes
/// true when one has it.
Findings checkSources(const Settings& settings, const precompile::PackageIdentity& wanted,
                      host::SignalSet& signals, bool& has) {
    Findings findings;
    for (const auto& answer :
         askSources(sourcesNamed(settings.get(&precompile::SearchSettings::packageSources),
                                 settings.get<precompile::RegistrySettings>(), signals),
                    wanted, precompile::Ask::Every)) {
        if (!answer.error.empty()) {
            findings.push_back({Severity::Warning, "source",
                                fmt::format("{} failed: {}", answer.source, answer.error),
                                answer.remedy});
            continue;
        }
        has = has || answer.has;
        findings.push_back(
            {answer.has ? Severity::Good : Severity::Warning, "source",
             fmt::format("{} has {} for this node", answer.source,
                         answer.has ? "the package" : "no package"),
             answer.has ? "" : "Build it with 'driverctl update', and 'driverctl push' it."});
    }
    return findings;
}

/// `signerKnown` becomes true when there is a package whose modules the kernel knows the signer of.
Findings checkPackage(const Settings& settings, const precompile::PackageIdentity& wanted,
                      const loader::SigningFacts& signing, bool& signerKnown) {
    const auto directory = host::moduleTreeOf(wanted.target.kernel);
    const host::ModuleTree tree(directory);
    Findings findings = {
        {Severity::Good, "kernel", fmt::format("the module tree is {}", directory.string())}};
    const precompile::Store store(settings.get(&precompile::StoreSettings::directory));
    const auto lookup = store.find(wanted);
    if (!lookup.file) {
        findings.push_back({Severity::Warning, "package", store.describeMiss(wanted, lookup),
                            "Build one with 'driverctl update'; init fetches or builds it by "
                            "itself."});
        return findings;
    }
    const precompile::Package package(*lookup.file);
    requireWelcome(package, acceptanceOf(settings));
    findings.push_back({Severity::Good, "package", lookup.file->string()});
    const loader::LifeSettings life{
        .parameterDir = settings.get(&loader::LifeSettings::parameterDir),
        .drm = settings.get(&loader::LifeSettings::drm),
        .configDigest = settings.get(&loader::LifeSettings::configDigest),
        .gpuDirectRdma = settings.get(&loader::LifeSettings::gpuDirectRdma)};
    const auto source = precompile::findDriverSource(
        settings.get(&precompile::DriverSettings::sourceDir), wanted.driver, wanted.flavour);
    auto modules = modulesFor(life, source, package, tree.vermagic(), host::systemNodeActions());
    modules.restore();
    auto about = checkModules(modules, directory, signing);
    signerKnown = about.signerKnown;
    append(findings, std::move(about.findings));
    return findings;
}

/// What other tools have left for container runtimes, as the host has it.
Findings checkContainers() {
    const auto host = loader::hostRoot();
    if (!host) {
        return {};
    }
    host::Roots roots;
    roots.root = *host;
    Findings findings;
    const auto listing = toolkit::cdi::listDirectories(
        withDirectoriesOfPodman({*host / "etc/cdi", *host / "run/cdi"}, *host), roots);
    for (auto [text, remedy] : findingsIn(listing)) {
        const std::string prefix = host->string() + "/";
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
            text.replace(at, prefix.size(), "/");
        }
        findings.push_back({Severity::Warning, "cdi", "on the host " + text, remedy});
    }
    return findings;
}

/// What decides beside the GPUs and the driver's package.
Findings checkSurroundings(const Settings& settings, const std::string& osId) {
    Findings findings = loader::checkHost(osId, host::systemNodeActions());
    append(findings,
           loader::checkParameterFiles(settings.get(&loader::LifeSettings::parameterDir)));
    append(findings, guarded("host", [&] {
               return checkRunDirectory(settings.get(&loader::LifeSettings::runDir));
           }));
    append(findings, guarded("cdi", checkContainers));
    append(findings, guarded("selinux", [] { return checkSelinux(); }));
    append(findings, guarded("build", [&] {
               return loader::checkBuilding(settings.get(&precompile::BuildSettings::workDir));
           }));
    return findings;
}

/// Prints the findings; true when none is a problem.
bool report(Findings findings, const Settings& settings) {
    for (Finding& finding : findings) {
        finding.remedy = advice(finding.remedy);
    }
    printReport(DoctorReport{findings}, settings);
    return std::ranges::none_of(
        findings, [](const Finding& finding) { return finding.severity == Severity::Problem; });
}

/// Of the user who calls.
ExitCode doctorOfRootless(const Settings& settings) {
    if (::geteuid() == 0) {
        throw host::Error(host::Fault::Usage, "root's containers are not rootless",
                          "Call it as the user whose podman it is about.");
    }
    const auto facts = toolkit::rootless::gatherFacts(host::environmentOf(environ));
    return report(toolkit::rootless::checkRootless(facts), settings) ? ExitCode::Done
                                                                     : ExitCode::Failed;
}

ExitCode doctor(const Settings& settings, const Arguments& arguments) {
    if (arguments.has("rootless")) {
        return doctorOfRootless(settings);
    }
    auto driver = settings.get<precompile::DriverSettings>();
    host::SignalSet signals{SIGINT, SIGTERM};
    const auto functions = gpu::nvidiaFunctions();
    Findings findings = guarded("gpu", [&] {
        driver = withFlavour(driver);
        gpu::requireNvidiaFunctions();
        return checkGpus(functions, driver.version, driver.flavour.value(),
                         loader::readSupportedGpus(driver.version),
                         settings.get(&loader::LifeSettings::unbindNouveau));
    });
    driver.flavour = driver.flavour.value_or(precompile::Flavour::Proprietary);
    const auto wanted = identityOfNode(driver);
    const auto signing = loader::lookAtSigning(wanted.target.kernel);
    bool signerKnown = false;
    Findings packages;
    Findings building;
    Findings package = guarded("package", [&] {
        driver = completeDriver(driver);
        const auto named = identityOfNode(driver);
        bool isThere = storeHas(settings, named);
        append(packages, checkSources(settings, named, signals, isThere));
        building = buildFindings(named, settings, isThere ? PackageIs::Built : PackageIs::Missing);
        return checkPackage(settings, named, signing, signerKnown);
    });
    append(findings, checkEnforcement(signing, signerKnown));
    append(findings, checkSurroundings(settings, wanted.target.osId));
    append(findings, std::move(building));
    append(findings, std::move(packages));
    append(findings, std::move(package));
    if (!driver.version.empty()) {
        append(findings, loader::checkImage(driver.version, functions));
    }
    const bool works = report(std::move(findings), settings);
    if (functions.empty()) {
        return ExitCode::NoGpu;
    }
    return works ? ExitCode::Done : ExitCode::NotLoadable;
}

} // namespace

const Command kDoctor = {
    .name = "doctor",
    .summary = "Say what on this node decides whether the driver works, and what to do about it",
    .groups = {&kDriverSettings, &kRegistrySettings},
    .settings = {"json", "store", "work-dir", "run-dir", "parameter-dir", "drm", "config-digest",
                 "gpu-direct-rdma", "unbind-nouveau", "trust", "package-source", "force",
                 "no-patches"},
    .arguments = {{.name = "rootless",
                   .flags = "--rootless",
                   .help = "Say instead what decides whether the calling user's podman gives "
                           "containers the GPUs, and which command line does"}},
    .exitCodes = {ExitCode::NotLoadable, ExitCode::NoGpu, ExitCode::Signal},
    .run = doctor,
};

} // namespace driverctl
