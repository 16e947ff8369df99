#include "precompile/matrix/matrix.h"

#include "distribution/program_machine.h"
#include "host/base/error.h"
#include "precompile/compatibility/known_breaks.h"
#include "precompile/package/package.h"
#include "precompile/source/driver_name.h"
#include "precompile/source/source_directory.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace precompile {

using distribution::TargetSettings;

namespace {

void refuse(const host::Error& error, CellResult& result) {
    result.state = CellState::Refused;
    result.reason = error.what();
    result.remedy = error.remedy();
}

void add(const std::vector<ForeseenBreak>& breaks, CellResult& result) {
    try {
        requireNoKnownBreak(breaks);
        for (const ForeseenBreak& foreseen : breaks) {
            result.reason += "; " + foreseen.text();
        }
    } catch (const host::Error& error) {
        refuse(error, result);
    }
}

} // namespace

Matrix::Matrix(distribution::Distributions known, MatrixSettings settings, TargetSettings target,
               DriverSettings driver)
    : known_(std::move(known)), settings_(std::move(settings)), target_(std::move(target)),
      driver_(std::move(driver)) {}

/// As they are configured.
std::vector<TargetSettings> Matrix::names() const {
    std::vector<TargetSettings> names;
    for (const std::string& release : settings_.releases) {
        const bool current = release == distribution::kCurrent;
        names.push_back({.release = release,
                         .channel = current ? target_.channel : "",
                         .board = target_.board});
    }
    for (const std::string& channel : settings_.channels) {
        names.push_back(
            {.release = distribution::kCurrent, .channel = channel, .board = target_.board});
    }
    if (names.empty()) {
        throw host::Error(host::Fault::Usage, "no release to build for",
                          "Name some with {releases}, or {channels}.");
    }
    return names;
}

std::vector<TargetSettings> Matrix::releases(Wanted& wanted, host::SignalSet& stop,
                                             const host::Observer& observer) const {
    std::vector<TargetSettings> releases;
    for (const TargetSettings& given : names()) {
        const auto& distribution = known_.of(given);
        const TargetSettings name = distribution.fullName(given);
        try {
            releases.push_back(distribution.resolve(name, stop, observer));
        } catch (const host::Error& error) {
            if (!settings_.keepGoing) {
                throw;
            }
            wanted.deadChannels.push_back(deadChannel(name.channel, error));
        }
    }
    return releases;
}

std::vector<std::string> Matrix::drivers() const {
    const auto installed = installedDrivers(driver_.sourceDir);
    std::vector<std::string> wanted;
    for (const std::string& name : settings_.drivers) {
        const auto driver =
            wanted.emplace_back(driverMeant(name, installed, driver_.sourceDir.string()));
        if (std::ranges::find(installed, driver) == installed.end()) {
            throw host::Error(
                host::Fault::Usage,
                fmt::format(
                    "driver {} is not in {}, which has {}", driver, driver_.sourceDir.string(),
                    installed.empty() ? "none" : fmt::format("{}", fmt::join(installed, ", "))),
                "Name others with {drivers}, or another {source-dir}.");
        }
    }
    if (installed.empty()) {
        throw host::Error(
            host::Fault::Usage,
            fmt::format("there are no driver sources in {}", driver_.sourceDir.string()),
            "Name their directory with {source-dir}.");
    }
    return wanted.empty() ? installed : wanted;
}

std::vector<Flavour> Matrix::flavoursOf(const std::string& driver) const {
    const auto installed = installedFlavours(driver_.sourceDir, driver);
    std::vector<Flavour> wanted;
    for (const std::string& word : settings_.flavours) {
        wanted.push_back(flavourFromString(word));
        if (std::ranges::find(installed, wanted.back()) == installed.end()) {
            throw host::Error(host::Fault::Usage,
                              fmt::format("driver {} in {} has no flavour {}", driver,
                                          driver_.sourceDir.string(), word),
                              "Name others with {flavours}, or leave this driver to a run of its "
                              "own.");
        }
    }
    return wanted.empty() ? installed : wanted;
}

Matrix::Wanted Matrix::wanted(host::SignalSet& stop, const host::Observer& observer) const {
    const Shard shard = parseShard(settings_.shard);
    std::vector<Cell> ofEachRelease;
    for (const std::string& driver : drivers()) {
        for (const Flavour flavour : flavoursOf(driver)) {
            static_cast<void>(findDriverSource(driver_.sourceDir, driver, flavour));
            ofEachRelease.push_back(
                {.release = "", .channel = "", .driver = driver, .flavour = flavour});
        }
    }
    Wanted wanted;
    for (const TargetSettings& release : releases(wanted, stop, observer)) {
        for (Cell cell : ofEachRelease) {
            cell.release = release.release;
            cell.channel = release.channel;
            if (shard.holds(cell)) {
                wanted.cells.push_back(std::move(cell));
            }
        }
    }
    wanted.cells = inOrder(std::move(wanted.cells));
    return wanted;
}

TargetSettings Matrix::releaseOf(const Cell& cell) const {
    return {.release = cell.release, .channel = cell.channel, .board = target_.board};
}

PackageIdentity Matrix::identityOf(const Cell& cell) const {
    const TargetSettings release = releaseOf(cell);
    return identityFor(known_.of(release).targetOf(release),
                       {.version = cell.driver, .flavour = cell.flavour, .tag = driver_.tag});
}

CellResult Matrix::assess(const Cell& cell, const Store& store, const Acceptance& acceptance,
                          const std::string& whyAnew, const host::Observer& observer) const {
    CellResult result{.cell = cell};
    const auto file = store.find(identityOf(cell)).file;
    if (!file || !whyAnew.empty()) {
        result.reason = file ? whyAnew : "the store has no package";
        return result;
    }
    try {
        const Package package(*file);
        requireAcceptable(package, acceptance, observer);
        result.state = CellState::Cached;
        result.package = *file;
        result.kernel = package.manifest().identity.target.kernel;
    } catch (const host::Error& error) {
        result.reason = fmt::format("{} is not usable: {}", file->string(), error.what());
    }
    return result;
}

void Matrix::findForeign(std::vector<CellResult>& results) const {
    for (CellResult& result : results) {
        if (result.state != CellState::Build) {
            continue;
        }
        try {
            distribution::requireOwnMachine(identityOf(result.cell).target);
        } catch (const host::Error& error) {
            refuse(error, result);
        }
    }
}

void Matrix::findKnownBreaks(std::vector<CellResult>& results, bool mayPatch, host::SignalSet& stop,
                             const host::Observer& observer) const {
    std::map<std::string, distribution::ReleaseContents> contents; // each release is asked for once
    for (CellResult& result : results) {
        if (result.state != CellState::Build) {
            continue;
        }
        const Cell& cell = result.cell;
        const TargetSettings release = releaseOf(cell);
        const auto [its, isNew] = contents.try_emplace(cell.release);
        if (isNew) {
            its->second = known_.of(release).contentsOf(release, stop, observer);
        }
        const auto source = findDriverSource(driver_.sourceDir, cell.driver, cell.flavour);
        add(knownBreaks(breakTable(), driverFactsOf(cell.driver, cell.flavour, source.directory),
                        kernelFactsOf(identityOf(cell).target, its->second), mayPatch),
            result);
    }
}

void Matrix::findUnavailable(std::vector<CellResult>& results, host::SignalSet& stop,
                             const host::Observer& observer) const {
    std::map<std::string, std::string> problems; // by release: each is asked for once
    for (CellResult& result : results) {
        if (result.state != CellState::Build) {
            continue;
        }
        const auto [problem, isNew] = problems.emplace(result.cell.release, "");
        if (isNew) {
            const TargetSettings release = releaseOf(result.cell);
            try {
                known_.of(release).requirePublished(release, stop, observer);
            } catch (const host::Error& error) {
                problem->second = error.what();
            }
        }
        if (!problem->second.empty()) {
            result.state = CellState::Unavailable;
            result.reason = problem->second;
        }
    }
}

} // namespace precompile
