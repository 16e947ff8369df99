/// What to take instead of a driver that does not go with a kernel. Only what the table itself does
/// not refuse there, and what the GPUs that it is for work with, as far as they are known.
#pragma once

#include "precompile/compatibility/break_table.h"
#include "precompile/compatibility/driver_facts.h"
#include "precompile/compatibility/kernel_facts.h"

#include <functional>
#include <string>
#include <vector>

namespace precompile {

/// Whether the GPUs that a build is for work with a driver. Empty: nobody knows them.
using WorksWithGpus = std::function<bool(const std::string& driver, Flavour flavour)>;

/// What a replacement has to go with.
struct Circumstances {
    const BreakTable& table;
    const KernelFacts& kernel;
    bool mayPatch = true; ///< carried patches are used
    WorksWithGpus works = {};
};

/// One of each branch, oldest first, without those that break on a kernel of this configuration or
/// with this compiler; empty where none is known.
std::vector<std::string> newestKnownGood(const BreakTable& table, const KernelFacts& kernel,
                                         Flavour flavour);

/// "Known to compile there: 535.309.01, 610.43.03.": a later one of the branch, and the newest;
/// empty where none is known.
std::string knownToCompile(const DriverFacts& driver, const Circumstances& there);

/// One or two sentences that name a driver, or the other flavour, which has none of the breaks;
/// empty where none is known.
std::string replacementFor(const std::vector<const KnownBreak*>& breaks, const DriverFacts& driver,
                           const Circumstances& there);

} // namespace precompile
