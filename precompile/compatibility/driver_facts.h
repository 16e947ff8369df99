/// What is known of a driver whose modules are to be built: its name alone, or its sources.
/// Values; what is open is nothing, and counts for nothing.
#pragma once

#include "precompile/package/flavour.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace precompile {

struct DriverFacts {
    std::string version;
    Flavour flavour = Flavour::Proprietary;
    /// "535.261.03-1" of sources out of Debian's package with its patches; else empty.
    std::string debian = {};
    /// The carried patches that fit the sources; nothing where there are none to look at.
    std::optional<std::set<std::string>> patches = {};
};

/// Reads what a distributor says in the sources, and tries the patches on them.
DriverFacts driverFactsOf(const std::string& version, Flavour flavour,
                          const std::filesystem::path& sources);

} // namespace precompile
