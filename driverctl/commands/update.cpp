#include "driverctl/commands/all.h"

#include "distribution/program_machine.h"
#include "driverctl/cli/node.h"
#include "driverctl/cli/version.h"
#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/signing_keys.h"
#include "driverctl/distributions.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "driverctl/report/print.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/printable.h"
#include "host/base/rooted.h"
#include "host/base/threads.h"
#include "host/kernel/mount.h"
#include "host/process/signals.h"
#include "precompile/build/compile.h"
#include "precompile/build/kernel_build.h"
#include "precompile/build/legacy_package.h"
#include "precompile/compatibility/known_breaks.h"
#include "precompile/package/acceptance.h"
#include "precompile/package/package.h"
#include "precompile/package/signature.h"
#include "precompile/package/store.h"
#include "precompile/source/source_directory.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace driverctl {

namespace {

using precompile::PackageIdentity;

std::filesystem::path logFile(const std::filesystem::path& workDir,
                              const PackageIdentity& identity) {
    const auto directory = workDir / "logs" / identity.directoryName();
    host::makeDirectories(directory, "Name a writable directory with {work-dir}.");
    return directory / (std::filesystem::path(identity.fileName()).stem().string() + ".log");
}

precompile::CompiledModules compile(const precompile::BuildSettings& build,
                                    const distribution::BuildRoot& buildRoot,
                                    const PackageIdentity& identity,
                                    const precompile::DriverSource& source, std::int64_t buildTime,
                                    host::SignalSet& signals, const host::Observer& observer) {
    const unsigned threads = host::threadsOf(build.maxThreads);
    observer.stage(fmt::format("Compiling the {} kernel modules of driver {} for kernel {} with {} "
                               "threads",
                               precompile::toString(source.flavour), source.version,
                               buildRoot.target.kernel, threads));
    return precompile::compile({.buildRoot = buildRoot,
                                .source = source,
                                .threads = threads,
                                .conftestCache = build.workDir / "cache/conftest",
                                .compilerCache = build.ccacheDir,
                                .log = logFile(build.workDir, identity),
                                .sourceDateEpoch = buildTime,
                                .interfaces = !build.mkprecompiled.empty(),
                                .patches = !build.noPatches,
                                .force = build.force,
                                .stop = &signals,
                                .observer = observer});
}

/// For writePackage(): the package appears with its signature, never without.
precompile::ManifestSigner packageSigner(const SigningKeys& keys) {
    if (!keys.package) {
        return {};
    }
    return [&keys](const std::string& manifest) {
        return precompile::signManifest(manifest, *keys.package);
    };
}

/// At build time, so that no key ever comes to a node; a module is restored with its signature.
void signModules(const SigningKeys& keys, const precompile::CompiledModules& compiled,
                 const host::Observer& observer) {
    if (keys.modules) {
        observer.stage(fmt::format("Signing {} modules", compiled.modules.size()));
        for (const auto& module : compiled.modules) {
            keys.modules->sign(module.file);
        }
    }
}

/// Those that building takes, and no linking of others' packages.
precompile::BuildSettings buildSettings(const Settings& settings) {
    using Build = precompile::BuildSettings;
    Build build{.workDir = settings.get(&Build::workDir),
                .ccacheDir = settings.get(&Build::ccacheDir),
                .maxThreads = settings.get(&Build::maxThreads),
                .sourceDateEpoch = settings.get(&Build::sourceDateEpoch),
                .force = settings.get(&Build::force),
                .noPatches = settings.get(&Build::noPatches),
                .mkprecompiled = settings.get(&Build::mkprecompiled),
                .procVersion = settings.get(&Build::procVersion)};
    if (host::printable(build.procVersion) != build.procVersion) {
        throw host::Error(host::Fault::Usage, "--proc-version is not one line of text",
                          "Give what /proc/version says, without the end of line.");
    }
    if (!build.mkprecompiled.empty() &&
        !settings.get(&precompile::SigningSettings::moduleKey).empty()) {
        throw host::Error(host::Fault::Usage,
                          "--mkprecompiled and --sign exclude each other: a package of "
                          "mkprecompiled holds signatures of modules yet to be linked",
                          "Leave out one of them.");
    }
    return build;
}

/// The package that the store has already; nothing when it does not count, or more is asked for.
std::optional<std::filesystem::path> findFinished(const precompile::BuildSettings& build,
                                                  const precompile::Store& store,
                                                  const PackageIdentity& identity,
                                                  const precompile::Acceptance& acceptance,
                                                  const host::Observer& observer) {
    if (build.force || !build.mkprecompiled.empty()) {
        return std::nullopt;
    }
    return findAcceptable(store, identity, acceptance, observer);
}

/// What NVIDIA's `mkprecompiled --match` compares with /proc/version.
std::string procVersion(const precompile::BuildSettings& build,
                        const distribution::BuildRoot& buildRoot, const host::Observer& observer) {
    if (!build.procVersion.empty()) {
        return build.procVersion;
    }
    const host::Rooted root(buildRoot.root);
    std::string text = precompile::procVersionOf(root, buildRoot.kernelBuild);
    if (text.empty()) {
        std::vector<std::string> files;
        for (const auto& file : precompile::procVersionFiles()) {
            files.push_back(root.onHost(buildRoot.kernelBuild / file).string());
        }
        observer.warn(fmt::format(
            "What /proc/version says of kernel {} is not known, because its headers do not tell it "
            "({}): "
            "NVIDIA's own mkprecompiled finds {} only with --proc-version TEXT",
            buildRoot.target.kernel, fmt::join(files, ", "), build.mkprecompiled.string()));
    }
    return text;
}

/// Seconds since 1970.
std::int64_t timeOf(const precompile::BuildSettings& build) {
    return build.sourceDateEpoch != 0 ? static_cast<std::int64_t>(build.sourceDateEpoch)
                                      : std::time(nullptr);
}

/// Before anything is fetched; compile() judges by more.
void refuseKnownBreaks(const precompile::DriverSource& source, const distribution::Target& target,
                       const distribution::ReleaseContents& contents, bool mayPatch) {
    requireNoKnownBreak(
        knownBreaks(precompile::breakTable(),
                    precompile::driverFactsOf(source.version, source.flavour, source.directory),
                    precompile::kernelFactsOf(target, contents), mayPatch));
}

ExitCode done(const std::filesystem::path& package, const std::string& sentence) {
    logInfo(sentence);
    print("{}\n", package.string());
    return ExitCode::Done;
}

ExitCode update(const Settings& settings, const Arguments& /*arguments*/) {
    host::SignalSet signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    const auto build = buildSettings(settings);
    const auto driver = completeDriver(settings.get<precompile::DriverSettings>());
    const SigningKeys keys(settings.get<precompile::SigningSettings>());
    const host::Observer observer = logObserver();
    const auto known = distributions(settings);
    const auto& target = settings.get<distribution::TargetSettings>();
    const auto& distribution = known.of(target);
    const auto release = distribution.resolve(distribution.fullName(target), signals, observer);
    PackageIdentity identity = identityFor(distribution.targetOf(release), driver);
    validate(identity);
    const auto source =
        precompile::findDriverSource(driver.sourceDir, identity.driver, identity.flavour);
    const precompile::Store store(settings.get(&precompile::StoreSettings::directory));

    if (const auto file =
            findFinished(build, store, identity, acceptanceOf(settings, keys), observer)) {
        return done(*file,
                    fmt::format("The store already has the package for {}", identity.describe()));
    }
    if (!build.force) {
        distribution::requireOwnMachine(identity.target);
        refuseKnownBreaks(source, identity.target,
                          distribution.contentsOf(release, signals, observer), !build.noPatches);
    }
    host::makeDirectories(build.workDir, "Name a writable directory with {work-dir}.");
    host::enterPrivateMountNamespace();
    const auto environment = distribution.acquire(release, signals, observer);
    const distribution::BuildRoot& buildRoot = environment->buildRoot();
    identity.target = buildRoot.target;

    const std::int64_t buildTime = timeOf(build);
    const auto compiled = compile(build, buildRoot, identity, source, buildTime, signals, observer);
    signModules(keys, compiled, observer);
    const auto slot = store.prepare(identity, &signals);
    observer.stage(fmt::format("Packing {} modules", compiled.modules.size()));
    precompile::writePackage(
        slot.file,
        contentsOf(compiled, identity, source,
                   {.builtBy = fmt::format("driverctl {}", kVersion), .builtAt = buildTime}),
        packageSigner(keys));
    if (!build.mkprecompiled.empty()) {
        writeLegacyPackage(build.mkprecompiled, identity, compiled,
                           procVersion(build, buildRoot, observer));
    }
    return done(slot.file,
                fmt::format("Done, the package for {} has {:.1f} MB", identity.describe(),
                            static_cast<double>(std::filesystem::file_size(slot.file)) / 1e6));
}

} // namespace

const Command kUpdate = {
    .name = "update",
    .summary = "Build the driver's kernel modules for a kernel and put the package into the store",
    .groups = {&kTargetSettings, &kDriverSettings, &kMirrorSettings, &kSigningSettings},
    .settings = {"work-dir", "ccache-dir", "store", "max-threads", "source-date-epoch", "force",
                 "no-patches", "mkprecompiled", "proc-version", "ca-file"},
    .exitCodes = {ExitCode::NotLoadable, ExitCode::VerificationFailed, ExitCode::Signal},
    .run = update,
};

} // namespace driverctl
