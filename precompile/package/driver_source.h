/// Where the sources of one driver and flavour lie. Plain values; who finds them is no matter here.
#pragma once

#include "precompile/package/flavour.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace precompile {

/// NVIDIA's prebuilt part of a module.
struct Core {
    std::string module;           ///< "nvidia"
    std::filesystem::path object; ///< relative to the source directory: nvidia/nv-kernel.o_binary
};

struct DriverSource {
    std::string version;
    Flavour flavour = Flavour::Proprietary;
    std::filesystem::path directory; ///< with Makefile and Kbuild
    std::vector<Core> cores;
    std::filesystem::path root = {}; ///< links in `directory` may lead to anywhere below it
};

/// Finds a driver's sources; throws host::Error that says why there are none.
using DriverSources = std::function<DriverSource(const std::string& version, Flavour flavour)>;

} // namespace precompile
