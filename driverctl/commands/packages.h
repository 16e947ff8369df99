/// What the commands about packages share: the store's packages, and what is printed of one.
#pragma once

#include "precompile/package/package.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace driverctl {

/// File, digest, size, identity and time.
nlohmann::ordered_json summary(const precompile::Package& package);

/// A JSON value as it stands in a line of text.
std::string plain(const nlohmann::ordered_json& value);

/// The store's packages. What is none is one warning each.
std::vector<precompile::Package> packagesOf(const std::filesystem::path& store);

/// Where packages have been put.
void printPlaces(const std::vector<std::filesystem::path>& files, bool json);

} // namespace driverctl
