/// Which of the known breaks hold for a driver and a kernel, and what follows of each. Pure
/// functions of facts and the table.
///
/// Only what the sources, or a packager's patch for them, show, and what was compiled, refuses a
/// build; what others say, what loads but does not work, and what a distributor may have mended in
/// sources of its own, warns.
#pragma once

#include "precompile/compatibility/break_table.h"
#include "precompile/compatibility/driver_facts.h"
#include "precompile/compatibility/kernel_facts.h"

#include <string>
#include <vector>

namespace precompile {

enum class Consequence {
    Refused, ///< it is not tried
    Warned,
    Patched, ///< a carried patch mends it
};

struct BreakThere {
    const KnownBreak* known = nullptr; ///< an entry of the table
    Consequence consequence = Consequence::Refused;
};

/// Whether the driver breaks on the kernel in that way.
bool holds(const KnownBreak& known, const DriverFacts& driver, const KernelFacts& kernel);

/// In the table's order. `mayPatch`: carried patches are used.
std::vector<BreakThere> breaksThere(const BreakTable& table, const DriverFacts& driver,
                                    const KernelFacts& kernel, bool mayPatch);

/// The range of a break that a driver or a kernel is in; none where it is not.
const DriverRange* rangeOf(const KnownBreak& known, const std::string& driver);
const KernelRange* rangeOf(const KnownBreak& known, const KernelFacts& kernel);

bool isOfFlavour(const KnownBreak& known, Flavour flavour);

/// Sources with patches of Debian's, with which nobody has seen it fail.
bool mayBeMended(const KnownBreak& known, const DriverFacts& driver);

} // namespace precompile
