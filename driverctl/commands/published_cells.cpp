#include "driverctl/commands/published_cells.h"

#include "driverctl/commands/acceptance.h"
#include "driverctl/commands/package_search.h"
#include "driverctl/report/observer.h"
#include "host/base/error.h"
#include "host/process/signals.h"
#include "precompile/share/sources.h"

#include <fmt/format.h>

namespace driverctl {

namespace {

using precompile::CellResult;
using precompile::CellState;

/// What an exact reference is for shows when it is fetched: it would have every row's package.
void refuseExactReferences(const std::vector<std::string>& sources) {
    for (const std::string& source : sources) {
        if (precompile::namesOnePackage(source)) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("{} is one package, and a matrix has many", source),
                              "Name the repository alone with {package-source}.");
        }
    }
}

/// Whether a source that could not be asked may have it.
bool say(CellResult& result, const precompile::PackageSources& sources,
         const precompile::PackageIdentity& wanted) {
    bool sourceFailed = false;
    for (const auto& answer : askSources(sources, wanted, precompile::Ask::UntilFound)) {
        if (answer.has) {
            result.state = CellState::Fetch;
            result.reason = fmt::format("{} has it", answer.source);
            return false;
        }
        sourceFailed = sourceFailed || !answer.error.empty();
        result.reason += fmt::format("; {}{}", answer.source,
                                     answer.error.empty() ? " has none" : ": " + answer.error);
    }
    return sourceFailed;
}

/// As above.
bool take(CellResult& result, const precompile::Search& search,
          const precompile::PackageSources& sources, const precompile::Matrix& matrix,
          const precompile::Acceptance& acceptance) {
    try {
        const auto answer = fetchPackage(search, sources, matrix.identityOf(result.cell));
        if (answer.found && answer.found->directory) {
            throw host::Error("a package was fetched, but the store cannot be written",
                              "Name a writable directory with {store}.");
        }
        if (answer.found) {
            result = matrix.assess(result.cell, search.store, acceptance, "", search.observer);
            result.state =
                result.state == CellState::Cached ? CellState::Fetched : CellState::Build;
        }
        return answer.sourceFailed;
    } catch (const host::Error& error) {
        result.state = CellState::Failed;
        result.reason = error.what();
        result.remedy = error.remedy();
        result.unverified = error.fault() == host::Fault::Verification;
        return false;
    }
}

/// Of what is not to be had and may not be built.
void giveUp(CellResult& result, bool sourceFailed) {
    result.state = sourceFailed ? CellState::Failed : CellState::Missing;
    result.remedy = sourceFailed
                        ? "The warnings above, or the row, say which source could not be asked."
                        : "Build it where {no-build} is not given, and share it with "
                          "{command:push}.";
}

} // namespace

void findPublished(std::vector<CellResult>& results, Published what,
                   const precompile::Matrix& matrix, const precompile::Acceptance& acceptance,
                   const Settings& settings, host::SignalSet& signals) {
    const auto& wishes = settings.get<precompile::SearchSettings>();
    refuseExactReferences(wishes.packageSources);
    const auto sources =
        sourcesNamed(wishes.packageSources, settings.get<precompile::RegistrySettings>(), signals);
    const precompile::Search search{
        .store = precompile::Store(settings.get(&precompile::StoreSettings::directory)),
        .acceptance = acceptanceOf(settings),
        .stop = &signals,
        .observer = logObserver()};
    for (CellResult& result : results) {
        if (result.state != CellState::Build) {
            continue;
        }
        signals.throwIfPending();
        const bool sourceFailed = what == Published::Say
                                      ? say(result, sources, matrix.identityOf(result.cell))
                                      : take(result, search, sources, matrix, acceptance);
        if (wishes.noBuild && result.state == CellState::Build) {
            giveUp(result, sourceFailed);
        }
    }
}

} // namespace driverctl
