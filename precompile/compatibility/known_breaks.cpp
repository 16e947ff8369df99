#include "precompile/compatibility/known_breaks.h"

#include "host/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace precompile {

namespace {

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

ForeseenBreak foresee(const BreakThere& there, const DriverFacts& driver,
                      const KernelFacts& kernel) {
    const KnownBreak& known = *there.known;
    ForeseenBreak foreseen{.known = &known,
                           .consequence = there.consequence,
                           .subject =
                               fmt::format("driver {} ({}) {} kernel {}", driver.version,
                                           toString(driver.flavour), verbOf(known), kernel.release),
                           .cause = known.why + sinceOf(known, kernel),
                           .remedy = known.remedy};
    if (there.consequence == Consequence::Patched) {
        foreseen.subject = "patched for kernel " + kernel.release;
        foreseen.cause += ", " + known.patch;
        foreseen.remedy.clear();
    } else if (mayBeMended(known, driver)) {
        foreseen.cause +=
            fmt::format("; the sources are Debian's {}, which may mend it", driver.debian);
    }
    return foreseen;
}

void prepend(const std::string& sentence, ForeseenBreak& foreseen) {
    foreseen.remedy =
        fmt::format("{}{}{}", sentence, sentence.empty() || foreseen.remedy.empty() ? "" : " ",
                    foreseen.remedy);
}

/// What mends one of several breaks would not do: the first that refuses has what mends them all,
/// and each sentence is said once.
void tellWhatToTake(std::vector<ForeseenBreak>& breaks, const DriverFacts& driver,
                    const Circumstances& there) {
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
        prepend(replacementFor(refusing, driver, there), *first);
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
std::string together(const std::vector<const ForeseenBreak*>& breaks) {
    std::vector<std::string> parts;
    std::string_view said;
    for (const ForeseenBreak* foreseen : breaks) {
        parts.push_back(foreseen->subject == said ? foreseen->cause : foreseen->text());
        said = foreseen->subject;
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

} // namespace

std::vector<ForeseenBreak> knownBreaks(const BreakTable& table, const DriverFacts& driver,
                                       const KernelFacts& kernel, bool mayPatch,
                                       const WorksWithGpus& works) {
    const Circumstances there{
        .table = table, .kernel = kernel, .mayPatch = mayPatch, .works = works};
    std::vector<ForeseenBreak> breaks;
    for (const BreakThere& found : breaksThere(table, driver, kernel, mayPatch)) {
        breaks.push_back(foresee(found, driver, kernel));
        if (found.consequence == Consequence::Warned) {
            prepend(replacementFor({found.known}, driver, there), breaks.back());
        }
    }
    tellWhatToTake(breaks, driver, there);
    return breaks;
}

std::string explainFailure(const BreakTable& table, std::string_view errors,
                           const DriverFacts& driver, const KernelFacts& kernel, bool mayPatch) {
    const Circumstances there{.table = table, .kernel = kernel, .mayPatch = mayPatch};
    const KnownBreak* known = breakBehind(errors, table, driver, kernel);
    std::vector<std::string> sentences;
    if (known != nullptr) {
        sentences = {fmt::format("This is known ({}): {}.", known->id, known->why),
                     replacementFor({known}, driver, there), known->remedy};
    } else {
        sentences = {knownToCompile(driver, there)};
    }
    std::erase(sentences, "");
    return fmt::format("{}", fmt::join(sentences, " "));
}

void requireNoKnownBreak(const std::vector<ForeseenBreak>& breaks) {
    std::vector<const ForeseenBreak*> refusing;
    std::vector<std::string> remedies;
    for (const ForeseenBreak& foreseen : breaks) {
        if (foreseen.consequence == Consequence::Refused) {
            refusing.push_back(&foreseen);
            if (!foreseen.remedy.empty()) {
                remedies.push_back(foreseen.remedy);
            }
        }
    }
    if (!refusing.empty()) {
        remedies.emplace_back("Try it all the same with {force}.");
        throw host::Error(host::Fault::NotLoadable, together(refusing),
                          fmt::format("{}", fmt::join(remedies, " ")));
    }
}

void heed(const std::vector<ForeseenBreak>& breaks, bool force, const host::Observer& observer) {
    if (!force) {
        requireNoKnownBreak(breaks);
    }
    for (const ForeseenBreak& foreseen : breaks) {
        if (foreseen.consequence == Consequence::Patched) {
            observer.note(foreseen.text());
        } else {
            observer.forgive(host::Error(foreseen.text(), foreseen.remedy));
        }
    }
}

} // namespace precompile
