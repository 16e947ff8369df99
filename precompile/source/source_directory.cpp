#include "precompile/source/source_directory.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "precompile/package/driver_version.h"
#include "precompile/source/driver_name.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace precompile {

namespace {

namespace fs = std::filesystem;

void addTrees(SourceDirectory& found, const fs::path& directory) {
    auto trees = driverTreesOf(directory);
    std::error_code unreadable;
    if (trees.empty() && isNamedAfterDriver(directory) && fs::is_directory(directory, unreadable)) {
        found.unknown.push_back(directory);
    }
    std::ranges::move(trees, std::back_inserter(found.trees));
}

/// The order in which the trees are told, and taken.
bool comesFirst(const DriverTree& left, const DriverTree& right) {
    if (left.source.version != right.source.version) {
        return isOlderDriver(right.source.version, left.source.version);
    }
    const auto rank = [](const DriverTree& tree) {
        return std::tuple(tree.source.flavour, !tree.missing.empty(), tree.layout,
                          tree.source.directory);
    };
    return rank(left) < rank(right);
}

/// "has 535.261.03 (proprietary, open), 470.256.02 (proprietary)"
std::string describe(const SourceDirectory& sources) {
    std::vector<std::string> versions;
    std::vector<std::string> flavours; ///< of the version with the same number
    for (const DriverTree& tree : sources.trees) {
        const std::string flavour(toString(tree.source.flavour));
        if (versions.empty() || versions.back() != tree.source.version) {
            versions.push_back(tree.source.version);
            flavours.push_back(flavour);
        } else if (flavours.back().find(flavour) == std::string::npos) {
            flavours.back() += ", " + flavour;
        }
    }
    std::vector<std::string> drivers;
    for (std::size_t each = 0; each < versions.size(); ++each) {
        drivers.push_back(fmt::format("{} ({})", versions[each], flavours[each]));
    }
    if (drivers.empty()) {
        return sources.unreadable ? "cannot be listed: " + sources.unreadable.message()
                                  : "has none";
    }
    return fmt::format("has {}", fmt::join(drivers, ", "));
}

[[noreturn]] void refuseUnknownLayout(const fs::path& directory) {
    throw host::Error(host::Fault::Usage,
                      fmt::format("{} holds driver sources in a layout that is not known: neither "
                                  "kernel or kernel-open, nor Kbuild and nvidia",
                                  directory.string()),
                      "Unpack the driver there again, or name where its sources are with "
                      "{source-dir}.");
}

[[noreturn]] void refuseIncomplete(const DriverTree& tree) {
    throw host::Error(
        host::Fault::Usage,
        fmt::format("the {} sources of driver {} are incomplete: {} lacks {}",
                    toString(tree.source.flavour), tree.source.version,
                    tree.source.directory.string(), fmt::join(tree.missing, ", ")),
        tree.layout == Layout::Repository
            ? fmt::format("Run make in {} first: it builds the cores.", tree.source.root.string())
            : "Unpack the driver again, or name another driver or flavour.");
}

[[noreturn]] void refuseAbsent(const SourceDirectory& sources, const std::string& version,
                               Flavour flavour) {
    throw host::Error(host::Fault::Usage,
                      fmt::format("there are no {} sources of driver {} in {}, which {}",
                                  toString(flavour), version, sources.directory.string(),
                                  describe(sources)),
                      "Use an image that holds this driver's kernel sources, or name another "
                      "driver or flavour.");
}

} // namespace

SourceDirectory lookAtSources(const fs::path& directory) {
    SourceDirectory found{.directory = directory, .unreadable = {}, .trees = {}, .unknown = {}};
    found.trees = driverTreesOf(directory);
    for (const auto& entry : host::entriesOf(directory, found.unreadable)) {
        addTrees(found, entry);
    }
    for (const auto& entry : host::entriesOf(directory / "modules")) {
        addTrees(found, entry);
    }
    std::ranges::sort(found.trees, comesFirst);
    return found;
}

DriverSources driverSourcesBelow(fs::path directory) {
    return [directory = std::move(directory)](const std::string& version, Flavour flavour) {
        return findDriverSource(directory, version, flavour);
    };
}

std::vector<std::string> installedDrivers(const fs::path& directory) {
    std::vector<std::string> versions;
    for (const DriverTree& tree : lookAtSources(directory).trees) {
        if (versions.empty() || versions.back() != tree.source.version) {
            versions.push_back(tree.source.version);
        }
    }
    std::ranges::reverse(versions);
    return versions;
}

std::string driverMeantIn(const fs::path& directory, const std::string& wanted) {
    return driverMeant(wanted, installedDrivers(directory), directory.string());
}

std::vector<Flavour> installedFlavours(const fs::path& directory, const std::string& version) {
    std::vector<Flavour> flavours;
    for (const DriverTree& tree : lookAtSources(directory).trees) {
        if (tree.source.version == version &&
            (flavours.empty() || flavours.back() != tree.source.flavour)) {
            flavours.push_back(tree.source.flavour);
        }
    }
    return flavours;
}

DriverSource findDriverSource(const fs::path& directory, const std::string& version,
                              Flavour flavour) {
    const SourceDirectory sources = lookAtSources(directory);
    const auto found = std::ranges::find_if(sources.trees, [&](const DriverTree& tree) {
        return tree.source.version == version && tree.source.flavour == flavour;
    });
    if (found == sources.trees.end()) {
        for (const auto& unknown : sources.unknown) {
            if (unknown.filename().string().ends_with("-" + version)) {
                refuseUnknownLayout(unknown);
            }
        }
        refuseAbsent(sources, version, flavour);
    }
    if (!found->missing.empty()) {
        refuseIncomplete(*found);
    }
    return found->source;
}

} // namespace precompile
