/// What the commands about packages share: which are meant, and where they are.
#pragma once

#include "driverctl/report/package_list.h"
#include "precompile/package/store.h"

#include <filesystem>
#include <string>
#include <vector>

namespace driverctl {

/// The package files that were named, or all of the store with what is wrong with them. A store
/// that does not exist is an Error(Usage): nothing would be said of nothing.
std::vector<precompile::Store::Verdict> chosenPackages(const std::filesystem::path& store,
                                                       const std::vector<std::string>& named);

/// The same, to be handed on: one that ends early or has not the members of its manifest is an
/// Error when it was named, and has a reason when it is one of the store's.
std::vector<precompile::Store::Verdict> wholePackages(const std::filesystem::path& store,
                                                      const std::vector<std::string>& named);

/// Throws host::Error(Usage) when --store names no directory. The default one may not be there yet.
void requireStore(const std::filesystem::path& store);

/// Reads the packages.
PackagePlaces placesOf(const std::vector<std::filesystem::path>& files);

} // namespace driverctl
