#include "precompile/compatibility/known_breaks.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "precompile/compatibility/source_patch.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace precompile {

namespace {

constexpr std::size_t kLargestChangelog = 4 << 20;

/// The range of a break that a driver is in; none where it is right.
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

bool isOfFlavour(const KnownBreak& known, Flavour flavour) {
    return std::ranges::find(known.flavours, flavour) != known.flavours.end();
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

/// Whether the driver breaks on the kernel in that way.
bool holds(const KnownBreak& known, const DriverFacts& driver, const KernelFacts& kernel) {
    const DriverRange* range = rangeOf(known, driver.version);
    return range != nullptr && !isMendedByDebian(*range, driver) &&
           isOfFlavour(known, driver.flavour) && isOfArchitecture(known, kernel) &&
           isOfKernel(known, kernel) && isOfCompiler(known, kernel) &&
           isConfigured(known, kernel) && concernsSources(known, driver);
}

/// Sources with patches of Debian's, with which nobody has seen it fail.
bool mayBeMended(const KnownBreak& known, const DriverFacts& driver) {
    return !driver.debian.empty() && known.confidence != Confidence::Confirmed;
}

Consequence consequenceOf(const KnownBreak& known, const DriverFacts& driver, bool mayPatch) {
    if (mayPatch && !known.patch.empty()) {
        return Consequence::Patched;
    }
    const bool isSure = known.confidence != Confidence::Secondary && !mayBeMended(known, driver);
    return keepsFromBuilding(known.stage) && isSure ? Consequence::Refused : Consequence::Warned;
}

/// NVIDIA's own sources, as they are.
bool isRefused(const BreakTable& table, const DriverFacts& driver, const KernelFacts& kernel) {
    return std::ranges::any_of(table.breaks, [&](const KnownBreak& known) {
        return holds(known, driver, kernel) &&
               consequenceOf(known, driver, false) == Consequence::Refused;
    });
}

std::string_view verbOf(const KnownBreak& known) {
    const bool said = known.confidence == Confidence::Secondary;
    switch (known.stage) {
    case BreakStage::Compile:
        return said ? "is said not to compile for" : "does not compile for";
    case BreakStage::Link:
        return said ? "is said not to link for" : "does not link for";
    case BreakStage::Load:
        return said ? "is said not to load on" : "does not load on";
    case BreakStage::Use:
        return said ? "is said not to work on" : "does not work on";
    }
    return "does not go with";
}

/// " (since Linux 6.12.97)".
std::string sinceOf(const KnownBreak& known, const KernelFacts& kernel) {
    const KernelRange* range = rangeOf(known, kernel);
    return range != nullptr && range->first
               ? fmt::format(" (since Linux {})", range->first->toString())
               : "";
}

std::string textOf(const KnownBreak& known, Consequence consequence, const DriverFacts& driver,
                   const KernelFacts& kernel) {
    const std::string cause = known.why + sinceOf(known, kernel);
    if (consequence == Consequence::Patched) {
        return fmt::format("patched for kernel {}: {}, {}", kernel.release, cause, known.patch);
    }
    const std::string doubt =
        mayBeMended(known, driver)
            ? fmt::format("; the sources are Debian's {}, which may mend it", driver.debian)
            : "";
    return fmt::format("driver {} ({}) {} kernel {}: {}{}", driver.version,
                       toString(driver.flavour), verbOf(known), kernel.release, cause, doubt);
}

/// "Known to compile there: 535.309.01, 610.43.03.": a later one of the branch, and the newest.
std::string goodOnes(const DriverFacts& driver, const std::vector<std::string>& good) {
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

/// The oldest driver of the branch that has none of the breaks; empty: none is known.
std::string firstRightOne(const std::vector<const KnownBreak*>& breaks, const std::string& driver) {
    std::string first;
    for (const KnownBreak* known : breaks) {
        const DriverRange* range = rangeOf(*known, driver);
        if (range == nullptr || range->fixed.empty()) {
            return "";
        }
        if (first.empty() || isOlderDriver(first, range->fixed)) {
            first = range->fixed;
        }
    }
    return first;
}

/// Another driver, or the other flavour: what has none of the breaks.
std::string replacementFor(const std::vector<const KnownBreak*>& breaks, const DriverFacts& driver,
                           const std::vector<std::string>& good) {
    const Flavour other = driver.flavour == Flavour::Open ? Flavour::Proprietary : Flavour::Open;
    const bool otherHasThem = std::ranges::any_of(
        breaks, [other](const KnownBreak* known) { return isOfFlavour(*known, other); });
    const std::string flavour = otherHasThem ? "" : fmt::format("the {} flavour", toString(other));
    const std::string fixed = firstRightOne(breaks, driver.version);
    if (fixed.empty()) {
        const std::string drivers = goodOnes(driver, good);
        return flavour.empty()
                   ? drivers
                   : fmt::format("Take {}.{}{}", flavour, drivers.empty() ? "" : " ", drivers);
    }
    return fmt::format("Take driver {} or a later one of branch {}{}{}.", fixed,
                       branchOf(driver.version), flavour.empty() ? "" : ", or ", flavour);
}

void prepend(const std::string& sentence, ForeseenBreak& foreseen) {
    foreseen.remedy =
        fmt::format("{}{}{}", sentence, sentence.empty() || foreseen.remedy.empty() ? "" : " ",
                    foreseen.remedy);
}

/// What mends one of several breaks would not do: the first that refuses has what mends them all,
/// and each sentence is said once.
void tellWhatToTake(std::vector<ForeseenBreak>& breaks, const DriverFacts& driver,
                    const std::vector<std::string>& good) {
    std::vector<const KnownBreak*> refusing;
    std::set<std::string> said;
    ForeseenBreak* first = nullptr;
    for (ForeseenBreak& foreseen : breaks) {
        if (foreseen.consequence == Consequence::Refused) {
            first = first == nullptr ? &foreseen : first;
            refusing.push_back(foreseen.known);
            if (!said.insert(foreseen.remedy).second) {
                foreseen.remedy.clear();
            }
        }
    }
    if (first != nullptr) {
        prepend(replacementFor(refusing, driver, good), *first);
    }
}

bool isSymptom(std::string_view errors, const KnownBreak& known) {
    return std::ranges::any_of(known.symptoms, [&](const std::string& symptom) {
        return errors.find(symptom) != std::string_view::npos;
    });
}

/// The break whose symptom an error of the compiler shows: one that is known to be there or,
/// because an error says more than drivers and kernels do, the table's first. Nothing: it is not
/// known.
const KnownBreak* breakBehind(std::string_view errors, const BreakTable& table,
                              const DriverFacts& driver, const KernelFacts& kernel) {
    const KnownBreak* first = nullptr;
    for (const KnownBreak& known : table.breaks) {
        if (isSymptom(errors, known)) {
            if (holds(known, driver, kernel)) {
                return &known;
            }
            first = first == nullptr ? &known : first;
        }
    }
    return first;
}

/// "driver … does not compile for kernel …: this; that": what is the same is said once.
std::string together(const std::vector<std::string>& texts) {
    std::vector<std::string> parts;
    std::string said;
    for (const std::string& text : texts) {
        const std::string subject = text.substr(0, text.find(": "));
        parts.push_back(subject == said ? text.substr(subject.size() + 2) : text);
        said = subject == text ? "" : subject;
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

/// Debian's 470 has its patches beside sources that are NVIDIA's: its debian/rules applies them
/// before it compiles. quilt writes down what is applied.
bool isYetToBePatched(const std::filesystem::path& sources) {
    return std::filesystem::exists(sources / "debian/patches/series") &&
           !std::filesystem::exists(sources / ".pc/applied-patches");
}

/// "535.261.03-1" of "nvidia-graphics-drivers (535.261.03-1) bookworm; urgency=medium".
std::string debianVersionOf(const std::filesystem::path& sources) {
    const auto changelog =
        host::readFileIfExists(sources / "debian/changelog", kLargestChangelog).value_or("");
    const std::string line = changelog.substr(0, changelog.find('\n'));
    const auto open = line.find('(');
    const auto close = line.find(')', open);
    return open == std::string::npos || close == std::string::npos
               ? ""
               : line.substr(open + 1, close - open - 1);
}

} // namespace

DriverFacts driverFactsOf(const std::string& version, Flavour flavour,
                          const std::filesystem::path& sources) {
    DriverFacts facts{.version = version,
                      .flavour = flavour,
                      .debian = isYetToBePatched(sources) ? "" : debianVersionOf(sources),
                      .patches = std::set<std::string>()};
    for (const SourcePatch& patch : carriedPatches()) {
        if (patch.fits(sources)) {
            facts.patches->insert(patch.name());
        }
    }
    return facts;
}

std::vector<ForeseenBreak> knownBreaks(const BreakTable& table, const DriverFacts& driver,
                                       const KernelFacts& kernel, bool mayPatch) {
    const auto good = newestKnownGood(table, kernel, driver.flavour);
    std::vector<ForeseenBreak> breaks;
    for (const KnownBreak& known : table.breaks) {
        if (!holds(known, driver, kernel)) {
            continue;
        }
        const Consequence consequence = consequenceOf(known, driver, mayPatch);
        breaks.push_back({.known = &known,
                          .consequence = consequence,
                          .text = textOf(known, consequence, driver, kernel),
                          .remedy = consequence == Consequence::Patched ? "" : known.remedy});
        if (consequence == Consequence::Warned) {
            prepend(replacementFor({&known}, driver, good), breaks.back());
        }
    }
    tellWhatToTake(breaks, driver, good);
    return breaks;
}

std::vector<std::string> newestKnownGood(const BreakTable& table, const KernelFacts& kernel,
                                         Flavour flavour) {
    for (const KnownGood& good : table.newestKnownGood) {
        if (kernel.version && good.kernels.holds(*kernel.version) &&
            std::ranges::find(good.flavours, flavour) != good.flavours.end()) {
            auto drivers = good.drivers;
            std::erase_if(drivers, [&](const std::string& version) {
                return isRefused(table, {.version = version, .flavour = flavour}, kernel);
            });
            return drivers;
        }
    }
    return {};
}

std::string explainFailure(const BreakTable& table, std::string_view errors,
                           const DriverFacts& driver, const KernelFacts& kernel) {
    const auto good = newestKnownGood(table, kernel, driver.flavour);
    const KnownBreak* known = breakBehind(errors, table, driver, kernel);
    std::vector<std::string> sentences;
    if (known != nullptr) {
        sentences = {fmt::format("This is known ({}): {}.", known->id, known->why),
                     replacementFor({known}, driver, good), known->remedy};
    } else {
        sentences = {goodOnes(driver, good)};
    }
    std::erase(sentences, "");
    return fmt::format("{}", fmt::join(sentences, " "));
}

void requireNoKnownBreak(const std::vector<ForeseenBreak>& breaks) {
    std::vector<std::string> texts;
    std::vector<std::string> remedies;
    for (const ForeseenBreak& foreseen : breaks) {
        if (foreseen.consequence == Consequence::Refused) {
            texts.push_back(foreseen.text);
            if (!foreseen.remedy.empty()) {
                remedies.push_back(foreseen.remedy);
            }
        }
    }
    if (!texts.empty()) {
        remedies.emplace_back("Try it all the same with {force}.");
        throw host::Error(host::Fault::NotLoadable, together(texts),
                          fmt::format("{}", fmt::join(remedies, " ")));
    }
}

void heed(const std::vector<ForeseenBreak>& breaks, bool force, const host::Observer& observer) {
    if (!force) {
        requireNoKnownBreak(breaks);
    }
    for (const ForeseenBreak& foreseen : breaks) {
        if (foreseen.consequence == Consequence::Patched) {
            observer.note(foreseen.text);
        } else {
            observer.forgive(host::Error(foreseen.text, foreseen.remedy));
        }
    }
}

} // namespace precompile
