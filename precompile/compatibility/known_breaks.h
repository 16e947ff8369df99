/// What is known before a driver is built for a kernel: each break in its way, and what follows.
///
/// Pure functions of facts and the table. Only what the sources, or a packager's patch for them,
/// show, and what was compiled, refuses a build; what others say, what loads but does not work, and
/// what a distributor may have mended in sources of its own, warns.
#pragma once

#include "host/base/observer.h"
#include "precompile/compatibility/break_table.h"
#include "precompile/compatibility/kernel_facts.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

struct DriverFacts {
    std::string version;
    Flavour flavour = Flavour::Proprietary;
    /// "535.261.03-1" of sources out of Debian's package with its patches; else empty.
    std::string debian = {};
    /// The carried patches that fit the sources; nothing where there are none to look at.
    std::optional<std::set<std::string>> patches = {};
};

/// Reads what a distributor says in the sources, and tries the patches on them.
DriverFacts driverFactsOf(const std::string& version, Flavour flavour,
                          const std::filesystem::path& sources);

enum class Consequence {
    Refused, ///< it is not tried
    Warned,
    Patched, ///< a carried patch mends it
};

struct ForeseenBreak {
    const KnownBreak* known = nullptr; ///< an entry of the table
    Consequence consequence = Consequence::Refused;
    std::string text;   ///< one sentence without its full stop
    std::string remedy; ///< empty with a patch, or where a break before it has said it
};

/// In the table's order. `mayPatch`: carried patches are used.
std::vector<ForeseenBreak> knownBreaks(const BreakTable& table, const DriverFacts& driver,
                                       const KernelFacts& kernel, bool mayPatch = true);

/// One of each branch, oldest first, without those that break on a kernel of this configuration or
/// with this compiler; empty where none is known.
std::vector<std::string> newestKnownGood(const BreakTable& table, const KernelFacts& kernel,
                                         Flavour flavour);

/// What a failed compile has to say beside its errors: the break that they show, and the newest
/// drivers that are known to compile there. Whole sentences; empty where nothing is known.
std::string explainFailure(const BreakTable& table, std::string_view errors,
                           const DriverFacts& driver, const KernelFacts& kernel);

/// Throws host::Error(Fault::NotLoadable) with every break that refuses the build.
void requireNoKnownBreak(const std::vector<ForeseenBreak>& breaks);

/// Tells of each before a build; with `force` of those that refuse it as well, which are thrown
/// without.
void heed(const std::vector<ForeseenBreak>& breaks, bool force, const host::Observer& observer);

} // namespace precompile
