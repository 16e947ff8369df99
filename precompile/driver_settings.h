/// Which driver is wanted, and where its sources are. Plain values.
#pragma once

#include <filesystem>
#include <string>

namespace precompile {

struct DriverSettings {
    std::string version;                          ///< empty: the only one in sourceDir
    std::string flavour = "auto";                 ///< auto, open, proprietary
    std::string tag;                              ///< ends the package's name
    std::filesystem::path sourceDir = "/usr/src"; ///< holds nvidia-VERSION/{kernel,kernel-open}
};

} // namespace precompile
