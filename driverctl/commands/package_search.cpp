#include "driverctl/commands/package_search.h"

#include "driverctl/cli/version.h"
#include "driverctl/commands/acceptance.h"
#include "driverctl/report/log.h"
#include "driverctl/report/observer.h"
#include "host/kernel/module.h"
#include "precompile/build/legacy_source.h"
#include "precompile/share/sources.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

/// The place of the retired driver container comes first: what lies there needs no network.
precompile::PackageSources
withLegacySource(precompile::PackageSources others,
                 const std::optional<precompile::PackageIdentity>& wanted,
                 const precompile::LegacyTools& tools, bool trustsSomebody) {
    auto legacy = wanted ? openLegacySource(*wanted, tools, trustsSomebody) : nullptr;
    if (legacy) {
        others.insert(others.begin(), std::move(legacy));
    }
    return others;
}

} // namespace

precompile::Search searchFor(const Settings& settings, const std::vector<std::string>& sources,
                             const std::optional<precompile::PackageIdentity>& wanted,
                             host::SignalSet& signals) {
    const auto& trust = settings.get(&precompile::SearchSettings::trust);
    const auto tools = legacyTools(settings, wanted ? wanted->target.kernel : "");
    const auto& registry = settings.get<precompile::RegistrySettings>();
    return {.store = precompile::Store(settings.get(&precompile::StoreSettings::directory)),
            .acceptance = acceptanceOf(settings),
            .openSources =
                [=, &signals] {
                    return withLegacySource(sourcesNamed(sources, registry, signals), wanted, tools,
                                            !trust.empty());
                },
            .importDirectory = settings.get(&precompile::BuildSettings::workDir) / "packages",
            .runDirectory = settings.get(&loader::LifeSettings::runDir),
            .stop = &signals,
            .observer = logObserver()};
}

precompile::PackageSources sourcesNamed(const std::vector<std::string>& sources,
                                        const precompile::RegistrySettings& registry,
                                        host::SignalSet& signals) {
    auto options = registryOptions(registry, signals);
    options.http.onRetry = logInfo; // there may be another source
    return openSources({.packageSources = sources}, options);
}

precompile::RegistryOptions registryOptions(const precompile::RegistrySettings& settings,
                                            host::SignalSet& signals) {
    return {.http = {.caFile = settings.caFile, .stop = &signals, .onRetry = logWarning},
            .plainHttp = settings.plainHttp,
            .authFiles = {settings.authFiles.begin(), settings.authFiles.end()}};
}

precompile::LegacyTools legacyTools(const Settings& settings, const std::string& kernel) {
    return {.sourceDirectory = settings.get(&precompile::DriverSettings::sourceDir),
            .kernelBuild = host::kernelBuildOf(kernel),
            .linker = settings.get(&precompile::BuildSettings::linker),
            .builtBy = fmt::format("driverctl {} (import)", kVersion),
            .observer = logObserver()};
}

} // namespace driverctl
