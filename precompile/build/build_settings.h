/// How packages are built. Plain values.
#pragma once

#include <filesystem>
#include <string>

namespace precompile {

struct BuildSettings {
    std::filesystem::path workDir = "/var/cache/driverctl"; ///< downloads, caches, compile logs
    unsigned maxThreads = 0;                                ///< 0: one for each processor
    unsigned sourceDateEpoch = 0;                           ///< seconds since 1970; 0: now
    bool force = false;     ///< also what is in the store already, or known not to compile
    bool noPatches = false; ///< leave out those that are carried
    std::filesystem::path mkprecompiled = {}; ///< written as well; empty: it is not
    std::string linker = "ld";                ///< for packages of NVIDIA's mkprecompiled
};

} // namespace precompile
