/// What `driverctl list` and `driverctl info` say of an inventory, in the form of
/// nvidia-container-cli.
#pragma once

#include "toolkit/inventory/inventory.h"
#include "toolkit/inventory/listing.h"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace driverctl {

struct ListReport {
    std::filesystem::path driverRoot;
    std::string driverVersion;
    std::vector<toolkit::Listed> entries;
    bool hostPaths = false; ///< as text; JSON has both
};

/// docs/schemas/list.schema.json
nlohmann::ordered_json toJson(const ListReport& report);
std::string toText(const ListReport& report);

struct InfoReport {
    toolkit::Inventory inventory;
};

/// docs/schemas/info.schema.json
nlohmann::ordered_json toJson(const InfoReport& report);
std::string toText(const InfoReport& report);

} // namespace driverctl
