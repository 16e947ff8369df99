/// What the commands about packages share: which are meant, and what is printed of one.
#pragma once

#include "precompile/package/package.h"
#include "precompile/package/store.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace driverctl {

/// File, digest, size, identity and time.
nlohmann::ordered_json summary(const precompile::Package& package);

/// A JSON value as it stands in a line of text.
std::string plain(const nlohmann::ordered_json& value);

/// The package files that were named, or all of the store with what is wrong with them. A store
/// that does not exist is an Error(Usage): nothing would be said of nothing.
std::vector<precompile::Store::Verdict> chosenPackages(const std::filesystem::path& store,
                                                       const std::vector<std::string>& named);

/// Throws host::Error(Usage) when --store names no directory. The default one may not be there yet.
void requireStore(const std::filesystem::path& store);

/// Where packages have been put.
void printPlaces(const std::vector<std::filesystem::path>& files, bool json);

} // namespace driverctl
