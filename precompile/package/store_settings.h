/// The store of packages, as configured. Plain values.
#pragma once

#include <filesystem>

namespace precompile {

struct StoreSettings {
    std::filesystem::path directory = "/var/lib/driverctl/packages";
    unsigned keep = 3; ///< newest packages that pruning leaves, of each kind
};

} // namespace precompile
