/// What `driverctl cdi list` says: each device of the CDI directories, and what is wrong with the
/// files.
#pragma once

#include "toolkit/cdi/directories.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace driverctl {

struct CdiList {
    toolkit::cdi::Listing listing;
};

/// docs/schemas/cdi-list.schema.json
nlohmann::ordered_json toJson(const CdiList& list);
std::string toText(const CdiList& list);

} // namespace driverctl
