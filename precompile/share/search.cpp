#include "precompile/share/search.h"

#include "host/base/error.h"

#include <fmt/format.h>

namespace precompile {

namespace {

using Kind = PackageSource::Kind;

/// In a read-only image without a writable /tmp there is still what init shares with the host.
host::TempDir temporaryDirectory(const std::filesystem::path& runDirectory) {
    constexpr std::string_view kPrefix = "driverctl-";
    std::error_code none;
    const auto usual = std::filesystem::temp_directory_path(none);
    try {
        return {usual.empty() ? "/tmp" : usual, kPrefix};
    } catch (const host::Error&) {
        if (!std::filesystem::is_directory(runDirectory)) {
            throw;
        }
        return {runDirectory, kPrefix};
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

FoundPackage keep(const Search& search, Kind kind, Package package, host::TempDir directory) {
    try {
        return {.package = Package(search.store.add(package.file(), search.stop))};
    } catch (const host::Error& error) {
        if (kind == Kind::Imported) {
            search.observer.warn(fmt::format("{}; the package goes to {}", error.what(),
                                             search.importDirectory.string()));
            return {.package =
                        Package(Store(search.importDirectory).add(package.file(), search.stop))};
        }
        search.observer.warn(fmt::format("the package is used from {} and not kept: {}",
                                         package.file().parent_path().string(), error.what()));
        return {.package = std::move(package),
                .directory = std::make_unique<host::TempDir>(std::move(directory))};
    }
}

/// Nothing when the source does not have what is wanted.
std::optional<FoundPackage> fetchFrom(PackageSource& source, const Search& search,
                                      const std::optional<PackageIdentity>& wanted) {
    const std::string name = source.name();
    host::TempDir directory = temporaryDirectory(search.runDirectory);
    const auto file = directory.path() / "package.tar";
    if (!source.fetch(wanted.value_or(PackageIdentity{}), file)) {
        search.observer.warn(fmt::format("{} has no package for {}", name,
                                         wanted ? wanted->describe() : "this reference"));
        return std::nullopt;
    }
    Package package = openFetched(file, name);
    const auto& identity = package.manifest().identity;
    if (wanted && !identity.fits(*wanted)) {
        search.observer.warn(fmt::format("{} has a package for {}, wanted is {}", name,
                                         identity.describe(), wanted->describe()));
        return std::nullopt;
    }
    host::context(name, [&] { requireAcceptable(package, search.acceptance, search.observer); });
    if (source.kind() == Kind::Published) {
        search.observer.note(fmt::format("Fetched {} from {}", identity.fileName(), name));
    }
    return keep(search, source.kind(), std::move(package), std::move(directory));
}

/// Whether the failure of a source ends the search.
bool isFinal(const Search& search, const PackageSources& sources, const PackageSource& source,
             const host::Error& error) {
    return source.kind() == Kind::Published ? error.fault() == host::Fault::Verification
                                            : search.nothingElse && sources.size() == 1;
}

} // namespace

SearchResult findPackage(const Search& search, const PackageIdentity& wanted) {
    const auto file = search.store.find(wanted).file;
    if (!file) {
        return fetchPackage(search, search.openSources(), wanted);
    }
    Package package(*file);
    requireWelcome(package, search.acceptance);
    return {.found = FoundPackage{.package = std::move(package)}};
}

SearchResult fetchPackage(const Search& search, const PackageSources& sources,
                          const std::optional<PackageIdentity>& wanted) {
    SearchResult result;
    for (const auto& source : sources) {
        try {
            result.found = fetchFrom(*source, search, wanted);
        } catch (const host::Error& error) {
            if (isFinal(search, sources, *source, error)) {
                throw;
            }
            result.sourceFailed = result.sourceFailed || source->kind() == Kind::Published;
            search.observer.forgive(host::Error(
                fmt::format("package source {} failed: {}", source->name(), error.what()),
                error.remedy()));
        }
        if (result.found) {
            break;
        }
    }
    return result;
}

std::vector<SourceAnswer> askSources(const PackageSources& sources, const PackageIdentity& wanted,
                                     Ask ask) {
    std::vector<SourceAnswer> answers;
    for (const auto& source : sources) {
        SourceAnswer answer{.source = source->name(), .kind = source->kind()};
        try {
            answer.has = source->has(wanted);
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

} // namespace precompile
