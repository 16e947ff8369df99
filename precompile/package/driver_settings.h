/// Which driver is wanted, and where its sources are. Plain values.
#pragma once

#include "precompile/package/flavour.h"

#include <filesystem>
#include <optional>
#include <string>

namespace precompile {

struct DriverSettings {
    std::string version = {};                     ///< empty: the only one in sourceDir
    std::optional<Flavour> flavour = {};          ///< none: what the GPUs ask for
    std::string tag = {};                         ///< ends the package's name
    std::filesystem::path sourceDir = "/usr/src"; ///< with driver sources below it
};

} // namespace precompile
