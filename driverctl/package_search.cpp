#include "driverctl/package_search.h"

#include "driverctl/http_options.h"
#include "driverctl/mkprecompiled.h"
#include "driverctl/node_package.h"
#include "driverctl/report/log.h"
#include "driverctl/report/remedy.h"
#include "host/base/address.h"
#include "host/base/error.h"
#include "precompile/package/store.h"
#include "precompile/share/package_source.h"

#include <fmt/format.h>
#include <memory>

namespace driverctl {

namespace {

using precompile::Package;
using precompile::PackageIdentity;

constexpr int kAttempts = 3; ///< a node waits for its driver, and there may be another source
constexpr std::chrono::seconds kConnectTimeout{10};
constexpr std::chrono::seconds kGrace{30}; ///< a request

struct Source {
    std::string name;
    std::unique_ptr<precompile::PackageSource> source;
};

/// All of them, so that a wrong one is found before anything is fetched.
std::vector<Source> openSources(const Options& options, host::SignalSet& signals) {
    auto registry = registryOptions(options.registry, signals);
    registry.http.attempts = kAttempts;
    registry.http.connectTimeout = kConnectTimeout;
    registry.http.grace = kGrace;
    registry.http.onRetry = host::logInfo;
    std::vector<Source> sources;
    for (const std::string& text : options.search.packageSources) {
        sources.push_back({host::withoutPassword(text), precompile::openSource(text, registry)});
    }
    return sources;
}

/// In a read-only image without a writable /tmp there is still what init shares with the host.
host::TempDir temporaryDirectory(const Options& options) {
    constexpr std::string_view kPrefix = "driverctl-";
    std::error_code none;
    const auto usual = std::filesystem::temp_directory_path(none);
    try {
        return {usual.empty() ? "/tmp" : usual, kPrefix};
    } catch (const host::Error&) {
        if (!std::filesystem::is_directory(options.life.runDir)) {
            throw;
        }
        return {options.life.runDir, kPrefix};
    }
}

Package openFetched(const std::filesystem::path& file, const std::string& source) {
    try {
        return Package(file);
    } catch (const host::Error& error) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("what {} has is no package: {}", source, error.what()),
                          "Do not trust the source before it is clear why.");
    }
}

FoundPackage keep(const Options& options, Package package, host::TempDir directory,
                  host::SignalSet& signals) {
    try {
        return {.package = Package(
                    precompile::Store(options.store.directory).add(package.file(), &signals))};
    } catch (const host::Error& error) {
        host::logWarning(fmt::format("the package is used from {} and not kept: {}",
                                     package.file().parent_path().string(), error.what()));
        return {.package = std::move(package),
                .directory = std::make_unique<host::TempDir>(std::move(directory))};
    }
}

/// Nothing when the source does not have what is wanted.
std::optional<FoundPackage> fetchFrom(const Source& from, const Options& options,
                                      const std::optional<PackageIdentity>& wanted,
                                      host::SignalSet& signals) {
    host::TempDir directory = temporaryDirectory(options);
    const auto file = directory.path() / "package.tar";
    if (!from.source->fetch(wanted.value_or(PackageIdentity{}), file)) {
        host::logWarning(fmt::format("{} has no package for {}", from.name,
                                     wanted ? wanted->describe() : "this reference"));
        return std::nullopt;
    }
    Package package = openFetched(file, from.name);
    const auto& identity = package.manifest().identity;
    if (wanted && identity != *wanted) {
        host::logWarning(fmt::format("{} has a package for {}, wanted is {}", from.name,
                                     identity.describe(), wanted->describe()));
        return std::nullopt;
    }
    host::context(from.name, [&] {
        acceptPackage(package, acceptanceOf(options.driver.sourceDir, options.search.trust));
    });
    host::logInfo(fmt::format("Fetched {} from {}", identity.fileName(), from.name));
    return keep(options, std::move(package), std::move(directory), signals);
}

} // namespace

precompile::RegistryOptions registryOptions(const precompile::RegistrySettings& settings,
                                            host::SignalSet& signals) {
    return {.http = httpOptions(settings.caFile, signals),
            .plainHttp = settings.plainHttp,
            .authFiles = {settings.authFiles.begin(), settings.authFiles.end()}};
}

PackageSearch findPackage(const Options& options, const PackageIdentity& wanted,
                          host::SignalSet& signals) {
    auto file = precompile::Store(options.store.directory).find(wanted).file;
    if (!file) {
        file = importRetiredPackage(options, wanted);
    }
    if (!file) {
        return fetchPackage(options, wanted, signals);
    }
    Package package(*file);
    requireTrusted(options, package);
    return {.found = FoundPackage{.package = std::move(package)}};
}

std::vector<SourceAnswer> askSources(const Options& options, const PackageIdentity& wanted, Ask ask,
                                     host::SignalSet& signals) {
    std::vector<SourceAnswer> answers;
    for (const Source& source : openSources(options, signals)) {
        SourceAnswer answer{.source = source.name};
        try {
            answer.has = source.source->has(wanted);
        } catch (const host::Error& error) {
            answer.error = error.what();
            answer.remedy = error.remedy();
        }
        answers.push_back(std::move(answer));
        if (ask == Ask::UntilFound && answers.back().has) {
            break;
        }
    }
    return answers;
}

PackageSearch fetchPackage(const Options& options, const std::optional<PackageIdentity>& wanted,
                           host::SignalSet& signals) {
    PackageSearch search;
    for (const Source& source : openSources(options, signals)) {
        try {
            search.found = fetchFrom(source, options, wanted, signals);
        } catch (const host::Error& error) {
            if (error.fault() == host::Fault::Verification) {
                throw;
            }
            search.sourceFailed = true;
            host::logWarning(
                tell(fmt::format("package source {} failed: {}", source.name, error.what()),
                     error.remedy()));
        }
        if (search.found) {
            break;
        }
    }
    return search;
}

} // namespace driverctl
