#include "precompile/compatibility/break_conditions.h"

#include "precompile/package/driver_version.h"

#include <algorithm>
#include <cstring>

namespace precompile {

namespace {

/// Every series or, where the tree was asked, what it has said.
bool isOfKernel(const KnownBreak& known, const KernelFacts& kernel) {
    const auto probed = kernel.probed.find(known.id);
    return probed != kernel.probed.end() ? probed->second
                                         : known.kernels.empty() || rangeOf(known, kernel);
}

bool isOfCompiler(const KnownBreak& known, const KernelFacts& kernel) {
    return !known.compiler || (kernel.compiler && kernel.compiler->name == known.compiler->name &&
                               kernel.compiler->version >= known.compiler->first);
}

bool isConfigured(const KnownBreak& known, const KernelFacts& kernel) {
    if (!kernel.options) {
        return known.options.empty() || known.usual;
    }
    return std::ranges::all_of(known.options, [&](const std::string& option) {
        const bool unset = option.starts_with('!');
        return kernel.options->contains(option.substr(unset ? 1 : 0)) != unset;
    });
}

bool isOfArchitecture(const KnownBreak& known, const KernelFacts& kernel) {
    return known.architecture.empty() || known.architecture == kernel.architecture;
}

/// strverscmp(3) puts Debian's revisions in their order, -5 before -10. An upload of a new release
/// to a stable Debian alone (-0+deb12u1) has none of the patches that unstable's packages had
/// before.
bool isMendedByDebian(const DriverRange& range, const DriverFacts& driver) {
    const bool isForStableAlone = driver.debian.starts_with(driver.version + "-0+") &&
                                  !range.debian.starts_with(driver.version + "-");
    return !range.debian.empty() && !driver.debian.empty() && !isForStableAlone &&
           ::strverscmp(driver.debian.c_str(), range.debian.c_str()) >= 0;
}

/// A patch that does not fit is for other sources: for some that were mended.
bool concernsSources(const KnownBreak& known, const DriverFacts& driver) {
    return known.patch.empty() || !driver.patches || driver.patches->contains(known.patch);
}

Consequence consequenceOf(const KnownBreak& known, const DriverFacts& driver, bool mayPatch) {
    if (mayPatch && !known.patch.empty()) {
        return Consequence::Patched;
    }
    const bool isSure = known.confidence != Confidence::Secondary && !mayBeMended(known, driver);
    return keepsFromBuilding(known.stage) && isSure ? Consequence::Refused : Consequence::Warned;
}

} // namespace

bool holds(const KnownBreak& known, const DriverFacts& driver, const KernelFacts& kernel) {
    const DriverRange* range = rangeOf(known, driver.version);
    return range != nullptr && !isMendedByDebian(*range, driver) &&
           isOfFlavour(known, driver.flavour) && isOfArchitecture(known, kernel) &&
           isOfKernel(known, kernel) && isOfCompiler(known, kernel) &&
           isConfigured(known, kernel) && concernsSources(known, driver);
}

std::vector<BreakThere> breaksThere(const BreakTable& table, const DriverFacts& driver,
                                    const KernelFacts& kernel, bool mayPatch) {
    std::vector<BreakThere> there;
    for (const KnownBreak& known : table.breaks) {
        if (holds(known, driver, kernel)) {
            there.push_back({&known, consequenceOf(known, driver, mayPatch)});
        }
    }
    return there;
}

const DriverRange* rangeOf(const KnownBreak& known, const std::string& driver) {
    const auto found = std::ranges::find_if(known.drivers, [&](const DriverRange& range) {
        return (!range.branch || range.branch == branchOf(driver)) &&
               (range.first.empty() || !isOlderDriver(driver, range.first)) &&
               (range.fixed.empty() || isOlderDriver(driver, range.fixed));
    });
    return found == known.drivers.end() ? nullptr : &*found;
}

const KernelRange* rangeOf(const KnownBreak& known, const KernelFacts& kernel) {
    const auto found = std::ranges::find_if(known.kernels, [&](const KernelRange& range) {
        return kernel.version && range.holds(*kernel.version);
    });
    return found == known.kernels.end() ? nullptr : &*found;
}

bool isOfFlavour(const KnownBreak& known, Flavour flavour) {
    return std::ranges::find(known.flavours, flavour) != known.flavours.end();
}

bool mayBeMended(const KnownBreak& known, const DriverFacts& driver) {
    const bool hasFailed = std::ranges::any_of(known.failed, [&](const DebianPackage& package) {
        return package.version == driver.debian && package.flavour == driver.flavour;
    });
    return !driver.debian.empty() && known.confidence != Confidence::Confirmed && !hasFailed;
}

} // namespace precompile
