#include "precompile/compatibility/break_table.h"

#include "host/base/json.h"
#include "host/base/text.h"
#include "precompile/compatibility/embedded.h"

#include <utility>

namespace precompile {

namespace {

using host::JsonValue;

std::string optionalText(const JsonValue& object, std::string_view field) {
    const auto value = object.find(field);
    return value ? value->text() : "";
}

template <typename Type, std::size_t Count>
Type wordOf(const JsonValue& value, const std::pair<std::string_view, Type> (&words)[Count]) {
    const std::string text = value.text();
    for (const auto& [word, meaning] : words) {
        if (word == text) {
            return meaning;
        }
    }
    value.fail("has the unknown word '" + text + "'");
}

constexpr std::pair<std::string_view, BreakStage> kStages[] = {{"compile", BreakStage::Compile},
                                                               {"link", BreakStage::Link},
                                                               {"load", BreakStage::Load},
                                                               {"use", BreakStage::Use}};
constexpr std::pair<std::string_view, Confidence> kConfidences[] = {
    {"confirmed", Confidence::Confirmed},
    {"primary", Confidence::Primary},
    {"secondary", Confidence::Secondary}};
constexpr std::pair<std::string_view, Flavour> kFlavours[] = {
    {"open", Flavour::Open}, {"proprietary", Flavour::Proprietary}};

std::vector<Flavour> flavoursOf(const JsonValue& list) {
    std::vector<Flavour> flavours;
    for (const JsonValue& value : list.list()) {
        flavours.push_back(wordOf(value, kFlavours));
    }
    return flavours;
}

std::optional<KernelVersion> optionalVersion(const JsonValue& object, std::string_view field) {
    const auto value = object.find(field);
    if (!value) {
        return std::nullopt;
    }
    const auto version = kernelVersionFrom(value->text());
    if (!version) {
        value->fail("is no version of a kernel");
    }
    return version;
}

KernelRange kernelRangeOf(const JsonValue& value) {
    return {.first = optionalVersion(value, "first"), .last = optionalVersion(value, "last")};
}

/// Nothing: all of them.
std::optional<int> branchIn(const JsonValue& value) {
    const std::string text = value.text();
    const auto branch = host::toNumber<int>(text);
    if (!branch && text != "all") {
        value.fail("is no branch of drivers");
    }
    return branch;
}

DriverRange driverRangeOf(const JsonValue& value) {
    return {.branch = branchIn(value.at("branch")),
            .first = optionalText(value, "first"),
            .fixed = optionalText(value, "fixed"),
            .debian = optionalText(value, "debian")};
}

DebianPackage debianPackageOf(const JsonValue& value) {
    return {.version = value.at("debian").text(),
            .flavour = wordOf(value.at("flavour"), kFlavours)};
}

KernelProbe probeOf(const JsonValue& value) {
    KernelProbe probe{.file = value.at("file").text(), .name = value.at("name").text()};
    if (const auto arguments = value.find("arguments")) {
        probe.arguments = arguments->integer<unsigned>();
    } else {
        probe.present = value.at("present").flag();
    }
    return probe;
}

template <typename Read>
auto listOf(const JsonValue& object, std::string_view field, const Read& read) {
    std::vector<decltype(read(object))> all;
    if (const auto list = object.find(field)) {
        for (const JsonValue& value : list->list()) {
            all.push_back(read(value));
        }
    }
    return all;
}

std::string textOf(const JsonValue& value) {
    return value.text();
}

KnownBreak knownBreakOf(const JsonValue& value) {
    KnownBreak known{.id = value.at("id").text(),
                     .stage = wordOf(value.at("stage"), kStages),
                     .why = value.at("why").text(),
                     .drivers = listOf(value, "drivers", driverRangeOf),
                     .flavours = flavoursOf(value.at("flavours")),
                     .kernels = listOf(value, "kernels", kernelRangeOf),
                     .architecture = optionalText(value, "architecture"),
                     .compiler = {},
                     .options = listOf(value, "config", textOf),
                     .usual = value.find("usual") && value.at("usual").flag(),
                     .probe = {},
                     .symptoms = value.at("symptoms").texts(),
                     .remedy = optionalText(value, "remedy"),
                     .patch = optionalText(value, "patch"),
                     .confidence = wordOf(value.at("confidence"), kConfidences),
                     .failed = listOf(value, "failed", debianPackageOf),
                     .sources = value.at("sources").texts()};
    if (const auto compiler = value.find("compiler")) {
        known.compiler = {.name = compiler->at("name").text(),
                          .first = compiler->at("first").integer<unsigned>()};
    }
    if (const auto probe = value.find("probe")) {
        known.probe = probeOf(*probe);
    }
    return known;
}

KnownGood knownGoodOf(const JsonValue& value) {
    return {.kernels = kernelRangeOf(value.at("kernels")),
            .flavours = flavoursOf(value.at("flavours")),
            .drivers = value.at("drivers").texts()};
}

} // namespace

BreakTable breakTableFromJson(const std::string& text, const std::string& origin) {
    const JsonValue root(text, {.refusal = origin + " is no table of known breaks"});
    return {.breaks = listOf(root, "breaks", knownBreakOf),
            .newestKnownGood = listOf(root, "newest_known_good", knownGoodOf)};
}

const BreakTable& breakTable() {
    static const BreakTable table =
        breakTableFromJson(std::string(kKnownBreaksJson), "the program's own table");
    return table;
}

} // namespace precompile
