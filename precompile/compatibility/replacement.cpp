#include "precompile/compatibility/replacement.h"

#include "precompile/compatibility/break_conditions.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace precompile {

namespace {

constexpr int kFirstWithOpenFlavour = 515;

/// What refuses a driver of which nothing but its name is known.
std::vector<const KnownBreak*> refusalsOf(const std::string& version, Flavour flavour,
                                          const Circumstances& there) {
    std::vector<const KnownBreak*> refusals;
    for (const BreakThere& found : breaksThere(
             there.table, {.version = version, .flavour = flavour}, there.kernel, there.mayPatch)) {
        if (found.consequence == Consequence::Refused) {
            refusals.push_back(found.known);
        }
    }
    return refusals;
}

bool worksWithGpus(const std::string& version, Flavour flavour, const Circumstances& there) {
    return !there.works || there.works(version, flavour);
}

bool isFit(const std::string& version, Flavour flavour, const Circumstances& there) {
    return worksWithGpus(version, flavour, there) && refusalsOf(version, flavour, there).empty();
}

/// The oldest driver that has none of the breaks, by their ranges; empty: there is none.
std::string fixedOfAll(const std::vector<const KnownBreak*>& breaks, const std::string& driver) {
    std::string fixed;
    for (const KnownBreak* known : breaks) {
        const DriverRange* range = rangeOf(*known, driver);
        if (range == nullptr || range->fixed.empty()) {
            return "";
        }
        if (fixed.empty() || isOlderDriver(fixed, range->fixed)) {
            fixed = range->fixed;
        }
    }
    return fixed;
}

/// The oldest later driver with none of the breaks that is not refused for another; empty: none is
/// known.
std::string laterOne(std::vector<const KnownBreak*> breaks, const DriverFacts& driver,
                     const Circumstances& there) {
    std::string version = driver.version;
    while (!breaks.empty()) { // each turn's version is a later one
        version = fixedOfAll(breaks, version);
        if (version.empty()) {
            return "";
        }
        breaks = refusalsOf(version, driver.flavour, there);
    }
    return worksWithGpus(version, driver.flavour, there) ? version : "";
}

/// "the open flavour"; empty where it has one of the breaks, or does not go there.
std::string otherFlavour(const std::vector<const KnownBreak*>& breaks, const DriverFacts& driver,
                         const Circumstances& there) {
    const Flavour other = driver.flavour == Flavour::Open ? Flavour::Proprietary : Flavour::Open;
    const bool exists =
        other == Flavour::Proprietary || branchOf(driver.version) >= kFirstWithOpenFlavour;
    const bool hasThem = std::ranges::any_of(
        breaks, [other](const KnownBreak* known) { return isOfFlavour(*known, other); });
    return exists && !hasThem && isFit(driver.version, other, there)
               ? fmt::format("the {} flavour", toString(other))
               : "";
}

} // namespace

std::vector<std::string> newestKnownGood(const BreakTable& table, const KernelFacts& kernel,
                                         Flavour flavour) {
    for (const KnownGood& good : table.newestKnownGood) {
        if (kernel.version && good.kernels.holds(*kernel.version) &&
            std::ranges::find(good.flavours, flavour) != good.flavours.end()) {
            const Circumstances unpatched{.table = table, .kernel = kernel, .mayPatch = false};
            auto drivers = good.drivers;
            std::erase_if(drivers, [&](const std::string& version) {
                return !isFit(version, flavour, unpatched);
            });
            return drivers;
        }
    }
    return {};
}

std::string knownToCompile(const DriverFacts& driver, const Circumstances& there) {
    auto good = newestKnownGood(there.table, there.kernel, driver.flavour);
    std::erase_if(good, [&](const std::string& version) {
        return !worksWithGpus(version, driver.flavour, there);
    });
    std::vector<std::string> named;
    for (const std::string& version : good) {
        const bool isLater =
            branchOf(version) == branchOf(driver.version) && isOlderDriver(driver.version, version);
        if (isLater || version == good.back()) {
            named.push_back(version);
        }
    }
    return named.empty() ? "" : fmt::format("Known to compile there: {}.", fmt::join(named, ", "));
}

std::string replacementFor(const std::vector<const KnownBreak*>& breaks, const DriverFacts& driver,
                           const Circumstances& there) {
    const std::string flavour = otherFlavour(breaks, driver, there);
    const std::string later = laterOne(breaks, driver, there);
    if (!later.empty()) {
        return fmt::format("Take driver {} or a later one of branch {}{}{}.", later,
                           branchOf(later), flavour.empty() ? "" : ", or ", flavour);
    }
    const std::string drivers = knownToCompile(driver, there);
    return flavour.empty()
               ? drivers
               : fmt::format("Take {}.{}{}", flavour, drivers.empty() ? "" : " ", drivers);
}

} // namespace precompile
