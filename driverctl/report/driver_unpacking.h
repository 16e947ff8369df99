/// What `driverctl driver unpack` says: which driver is now in which root.
#pragma once

#include "precompile/installer/unpack.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace driverctl {

struct DriverUnpacking {
    std::string root;
    precompile::UnpackedDriver unpacked;
};

/// docs/schemas/driver-unpack.schema.json
nlohmann::ordered_json toJson(const DriverUnpacking& report);
std::string toText(const DriverUnpacking& report);

} // namespace driverctl
