/// Where a package that the store lacks comes from, and whose packages count. Plain values.
#pragma once

#include <string>
#include <vector>

namespace precompile {

struct SearchSettings {
    std::vector<std::string> packageSources = {}; ///< directories and URLs, asked in order
    bool noBuild = false;                         ///< a package that nobody has is not built
    std::vector<std::string> trust = {}; ///< files with public keys; empty: no signature needed
};

} // namespace precompile
