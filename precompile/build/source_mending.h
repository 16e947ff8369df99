/// What is known of the sources and of the kernel that they are compiled for, before make is run:
/// it refuses, warns, or mends the copy of the sources.
#pragma once

#include "distribution/build_root.h"
#include "host/base/observer.h"
#include "precompile/compatibility/kernel_facts.h"
#include "precompile/compatibility/known_breaks.h"
#include "precompile/package/driver_source.h"

#include <filesystem>
#include <map>
#include <string>

namespace precompile {

struct DriverOnKernel {
    DriverFacts driver;
    KernelFacts kernel;
};

/// `compiler` is the first line of its --version.
DriverOnKernel lookAt(const DriverSource& source, const distribution::BuildRoot& buildRoot,
                      const std::string& compiler);

struct Mending {
    bool patches = true; ///< those that are carried may be applied
    bool force = false;  ///< also what is known not to compile is tried
};

/// Applies to the sources in `directory` the carried patches that mend what is known to break
/// there, and returns their digests, as inputs of a package. Throws host::Error(Fault::NotLoadable)
/// where nothing mends it, unless forced.
std::map<std::string, std::string> mendSources(const DriverOnKernel& known, const Mending& mending,
                                               const std::filesystem::path& directory,
                                               const host::Observer& observer);

} // namespace precompile
