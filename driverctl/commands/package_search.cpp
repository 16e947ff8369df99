#include "driverctl/commands/package_search.h"

#include "driverctl/cli/version.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "host/kernel/module.h"
#include "precompile/build/legacy_source.h"
#include "precompile/share/sources.h"

#include <fmt/format.h>
#include <iterator>

namespace driverctl {

namespace {

/// The place of the retired driver container comes first: what lies there needs no network.
precompile::PackageSources allSources(const Options& options,
                                      const std::optional<precompile::PackageIdentity>& wanted,
                                      host::SignalSet& signals, const host::Observer& observer) {
    precompile::PackageSources sources;
    if (wanted) {
        auto legacy = openLegacySource(*wanted, legacyTools(options, wanted->target.kernel),
                                       !options.search.trust.empty(), observer);
        if (legacy) {
            sources.push_back(std::move(legacy));
        }
    }
    auto configured = configuredSources(options, signals);
    sources.insert(sources.end(), std::make_move_iterator(configured.begin()),
                   std::make_move_iterator(configured.end()));
    return sources;
}

} // namespace

precompile::Search searchFor(const Options& options,
                             const std::optional<precompile::PackageIdentity>& wanted,
                             host::SignalSet& signals) {
    const host::Observer observer = logObserver();
    return {.store = precompile::Store(options.store.directory),
            .acceptance = precompile::acceptanceFor(options.driver.sourceDir, options.search.trust),
            .openSources = [=, &options,
                            &signals] { return allSources(options, wanted, signals, observer); },
            .importDirectory = options.build.workDir / "packages",
            .runDirectory = options.life.runDir,
            .nothingElse = options.search.noBuild,
            .stop = &signals,
            .observer = observer};
}

precompile::PackageSources configuredSources(const Options& options, host::SignalSet& signals) {
    auto registry = registryOptions(options.registry, signals);
    registry.http.onRetry = host::logInfo; // there may be another source
    return openSources(options.search, registry);
}

precompile::RegistryOptions registryOptions(const precompile::RegistrySettings& settings,
                                            host::SignalSet& signals) {
    precompile::RegistryOptions registry;
    registry.http.stop = &signals;
    registry.http.caFile = settings.caFile;
    registry.http.onRetry = host::logWarning;
    registry.plainHttp = settings.plainHttp;
    registry.authFiles.assign(settings.authFiles.begin(), settings.authFiles.end());
    return registry;
}

precompile::LegacyTools legacyTools(const Options& options, const std::string& kernel) {
    return {.sourceDirectory = options.driver.sourceDir,
            .kernelBuild = host::moduleTreeOf(kernel) / "build",
            .linker = options.build.linker,
            .builtBy = fmt::format("driverctl {} (import)", kVersion)};
}

} // namespace driverctl
