/// Packages as reports name them: a table, or where they have been put.
#pragma once

#include "precompile/package/package.h"

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

/// What every report says of a package.
struct PackageSummary {
    std::string file;
    std::string sha256; ///< of the file
    std::uint64_t size = 0;
    precompile::PackageIdentity identity;
    std::int64_t builtAt = 0; ///< seconds since 1970
};

/// Reads the whole file.
PackageSummary summaryOf(const precompile::Package& package);

nlohmann::ordered_json toJson(const PackageSummary& summary);

/// `package list`.
struct PackageList {
    std::vector<PackageSummary> packages;
};

/// docs/schemas/packages.schema.json
nlohmann::ordered_json toJson(const PackageList& list);
std::string toText(const PackageList& list);

/// `package import` and `package export`: as a list, but that the text is the files' names alone.
struct PackagePlaces {
    std::vector<PackageSummary> packages;
};

nlohmann::ordered_json toJson(const PackagePlaces& places);
std::string toText(const PackagePlaces& places);

} // namespace driverctl
