/// What `driverctl driver list` says: the drivers that a source directory holds.
#pragma once

#include "precompile/source/source_directory.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace driverctl {

struct DriverList {
    precompile::SourceDirectory sources;
};

/// docs/schemas/driver-list.schema.json
nlohmann::ordered_json toJson(const DriverList& list);
std::string toText(const DriverList& list);

} // namespace driverctl
