/// What a CDI specification is made for. Plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit::cdi {

struct CdiSettings {
    std::vector<std::string> names = {"index", "uuid"}; ///< also: "type-index"
    std::vector<std::string> readers = {};              ///< "podman-4.3"; empty: those of this host
    std::filesystem::path hookPath = {}; ///< of driverctl-hook on the host; empty: found
};

} // namespace toolkit::cdi
