/// What is known before a driver is built for a kernel: each break in its way, and what follows.
///
/// Pure functions of facts and the table: which breaks hold says break_conditions.h, what to take
/// instead replacement.h.
#pragma once

#include "host/base/observer.h"
#include "precompile/compatibility/break_conditions.h"
#include "precompile/compatibility/replacement.h"

#include <string>
#include <string_view>
#include <vector>

namespace precompile {

struct ForeseenBreak {
    const KnownBreak* known = nullptr; ///< an entry of the table
    Consequence consequence = Consequence::Refused;
    std::string subject; ///< "driver … does not compile for kernel …"
    std::string cause;
    std::string remedy; ///< empty with a patch, or where a break before it has said it

    /// One sentence without its full stop.
    [[nodiscard]] std::string text() const { return subject + ": " + cause; }
};

/// In the table's order. `mayPatch`: carried patches are used.
std::vector<ForeseenBreak> knownBreaks(const BreakTable& table, const DriverFacts& driver,
                                       const KernelFacts& kernel, bool mayPatch = true,
                                       const WorksWithGpus& works = {});

/// What a failed compile has to say beside its errors: the break that they show, and the newest
/// drivers that are known to compile there. Whole sentences; empty where nothing is known.
std::string explainFailure(const BreakTable& table, std::string_view errors,
                           const DriverFacts& driver, const KernelFacts& kernel,
                           bool mayPatch = true);

/// Throws host::Error(Fault::NotLoadable) with every break that refuses the build.
void requireNoKnownBreak(const std::vector<ForeseenBreak>& breaks);

/// Tells of each before a build; with `force` of those that refuse it as well, which are thrown
/// without.
void heed(const std::vector<ForeseenBreak>& breaks, bool force, const host::Observer& observer);

} // namespace precompile
