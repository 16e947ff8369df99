#include "precompile/compatibility/known_breaks.h"

#include "host/base/error.h"
#include "tests/unit/precompile/compatibility/named_kernel.h"

#include <algorithm>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::named;

constexpr auto kOpen = Flavour::Open;
constexpr auto kProprietary = Flavour::Proprietary;

/// One entry, and what a kernel of it is.
struct Only {
    BreakTable table;
    KernelFacts kernel = named("6.12.100-x");

    explicit Only(const KnownBreak& known) : table{.breaks = {known}, .newestKnownGood = {}} {}
    [[nodiscard]] std::vector<ForeseenBreak> foreseen(const DriverFacts& driver,
                                                      bool mayPatch = true) const {
        return knownBreaks(table, driver, kernel, mayPatch);
    }
};

KnownBreak someBreak() {
    return {.id = "some",
            .why = "something is gone",
            .drivers = {{.branch = 535, .fixed = "535.309.01"}},
            .flavours = {kOpen, kProprietary},
            .kernels = {{.first = KernelVersion{6, 12, 97}}},
            .architecture = "",
            .compiler = {},
            .options = {},
            .probe = {},
            .symptoms = {"'something'"},
            .remedy = "",
            .patch = "",
            .confidence = Confidence::Primary,
            .sources = {}};
}

const DriverFacts kDriver{.version = "535.261.03", .flavour = kOpen};

/// What is said before anything is fetched, for each entry of the table: by name where the name is
/// enough, with an example of each of its first range.
TEST(KnownBreaks, EachHasASentenceAndAWayOut) {
    for (const KnownBreak& known : breakTable().breaks) {
        SCOPED_TRACE(known.id);
        const DriverRange& range = known.drivers.front();
        DriverFacts driver{.version = !range.branch         ? "535.261.03"
                                      : range.first.empty() ? fmt::format("{}.1", *range.branch)
                                                            : range.first,
                           .flavour = known.flavours.front()};
        const auto version = known.kernels.empty()         ? KernelVersion{6, 1, 1}
                             : known.kernels.front().first ? *known.kernels.front().first
                                                           : *known.kernels.front().last;
        KernelFacts kernel = named(version.toString());
        kernel.architecture = known.architecture.empty() ? "x86_64" : known.architecture;
        if (known.compiler) {
            kernel.compiler = {.name = known.compiler->name, .version = known.compiler->first};
        }
        kernel.options.emplace();
        for (const std::string& option : known.options) {
            if (!option.starts_with('!')) {
                kernel.options->insert(option);
            }
        }
        const auto all = knownBreaks(breakTable(), driver, kernel);
        const auto found = std::ranges::find(all, &known, &ForeseenBreak::known);
        ASSERT_NE(found, all.end());
        EXPECT_THAT(found->text(), AllOf(HasSubstr(kernel.release), HasSubstr(known.why)));
        const bool keepsFromPacking =
            known.stage == BreakStage::Compile || known.stage == BreakStage::Link;
        const bool isSure = known.confidence != Confidence::Secondary;
        EXPECT_EQ(found->consequence, !known.patch.empty()         ? Consequence::Patched
                                      : keepsFromPacking && isSure ? Consequence::Refused
                                                                   : Consequence::Warned);
    }
}

TEST(KnownBreaks, AreToldInOneSentence) {
    struct Case {
        const char* driver;
        Flavour flavour;
        const char* kernel;
        const char* text;
        const char* remedy;
    };
    const Case cases[] = {
        {"535.104.05", kProprietary, "6.8.12-flatcar",
         "driver 535.104.05 (proprietary) does not compile for kernel 6.8.12-flatcar: DRM_UNLOCKED "
         "is gone (since Linux 6.8)",
         "Take driver 535.154.05 or a later one of branch 535."},
        {"535.261.03", kOpen, "6.12.102-flatcar",
         "patched for kernel 6.12.102-flatcar: pci_resize_resource() takes a fourth argument "
         "(since "
         "Linux 6.12.97), pci-resize-resource.patch",
         ""},
        {"535.309.01", kProprietary, "6.1.0-56-rt-amd64",
         "driver 535.309.01 (proprietary) does not compile for kernel 6.1.0-56-rt-amd64: NVIDIA's "
         "sanity check refuses a PREEMPT_RT kernel, of which it supports none",
         "Take a kernel without PREEMPT_RT."},
        {"590.48.01", kOpen, "6.19.3",
         "driver 590.48.01 (open) does not compile for kernel 6.19.3: page_free() of struct "
         "dev_pagemap_ops became folio_free() (since Linux 6.19)",
         "Take the proprietary flavour. Known to compile there: 610.43.03. A "
         "kernel without CONFIG_DEVICE_PRIVATE takes it."},
    };
    for (const auto& [driver, flavour, kernel, text, remedy] : cases) {
        const auto breaks =
            knownBreaks(breakTable(), {.version = driver, .flavour = flavour}, named(kernel));
        ASSERT_FALSE(breaks.empty()) << driver << " on " << kernel;
        const auto found = std::ranges::find(breaks, text, &ForeseenBreak::text);
        ASSERT_NE(found, breaks.end()) << breaks.front().text();
        EXPECT_EQ(found->remedy, remedy);
    }
}

TEST(KnownBreaks, WhatNobodyKnowsOfAKernelCountsForNothing) {
    EXPECT_THAT(knownBreaks(breakTable(), kDriver, named("6.1.0-56-amd64")), IsEmpty());
    EXPECT_THAT(knownBreaks(breakTable(), kDriver, named("")), IsEmpty());
    KnownBreak known = someBreak();
    known.options = {"CONFIG_A", "!CONFIG_B"};
    known.compiler = {.name = "gcc", .first = 14};
    Only only(known);
    EXPECT_THAT(only.foreseen(kDriver), IsEmpty());
    only.kernel.compiler = {.name = "gcc", .version = 14};
    EXPECT_THAT(only.foreseen(kDriver), IsEmpty());
    only.table.breaks.front().usual = true;
    EXPECT_EQ(only.foreseen(kDriver).size(), 1U);
    only.kernel.options = {"CONFIG_A", "CONFIG_B"};
    EXPECT_THAT(only.foreseen(kDriver), IsEmpty());
    only.kernel.options = {"CONFIG_A"};
    EXPECT_EQ(only.foreseen(kDriver).size(), 1U);
}

TEST(KnownBreaks, AProbeCountsMoreThanAVersion) {
    Only only(someBreak());
    only.kernel.probed = {{"some", false}};
    EXPECT_THAT(only.foreseen(kDriver), IsEmpty());
    only.kernel = named("5.14.0-427.el9");
    EXPECT_THAT(only.foreseen(kDriver), IsEmpty());
    only.kernel.probed = {{"some", true}};
    ASSERT_EQ(only.foreseen(kDriver).size(), 1U);
    EXPECT_THAT(only.foreseen(kDriver).front().text(), testing::Not(HasSubstr("since")));
}

TEST(KnownBreaks, OnlyWhatIsSureAndKeepsFromPackingRefuses) {
    struct Case {
        BreakStage stage;
        Confidence confidence;
        const char* debian;
        Consequence consequence;
        const char* words;
    };
    const Case cases[] = {
        {BreakStage::Compile, Confidence::Confirmed, "", Consequence::Refused,
         "(open) does not compile for kernel"},
        {BreakStage::Link, Confidence::Primary, "", Consequence::Refused,
         "(open) does not link for kernel"},
        {BreakStage::Compile, Confidence::Secondary, "", Consequence::Warned,
         "(open) is said not to compile for kernel"},
        {BreakStage::Load, Confidence::Primary, "", Consequence::Warned,
         "(open) does not load on kernel"},
        {BreakStage::Use, Confidence::Secondary, "", Consequence::Warned,
         "(open) is said not to work on kernel"},
        {BreakStage::Compile, Confidence::Primary, "535.261.03-1", Consequence::Warned,
         "the sources are Debian's 535.261.03-1, which may mend it"},
        {BreakStage::Compile, Confidence::Confirmed, "535.261.03-1", Consequence::Refused,
         "(open) does not compile for kernel"},
    };
    for (const auto& [stage, confidence, debian, consequence, words] : cases) {
        KnownBreak known = someBreak();
        known.stage = stage;
        known.confidence = confidence;
        const auto breaks =
            Only(known).foreseen({.version = kDriver.version, .flavour = kOpen, .debian = debian});
        ASSERT_EQ(breaks.size(), 1U);
        EXPECT_EQ(breaks.front().consequence, consequence) << words;
        EXPECT_THAT(breaks.front().text(), HasSubstr(words));
    }
}

TEST(KnownBreaks, APackageOfDebiansThatWasCompiledAndFailedIsRefused) {
    KnownBreak known = someBreak();
    known.failed = {{.version = "535.261.03-1", .flavour = kOpen}};
    const Only only(known);
    const auto consequence = [&](const std::string& debian) {
        return only.foreseen({.version = kDriver.version, .flavour = kOpen, .debian = debian})
            .front()
            .consequence;
    };
    EXPECT_EQ(consequence("535.261.03-1"), Consequence::Refused);
    EXPECT_EQ(consequence("535.261.03-2"), Consequence::Warned);
    known.failed.front().flavour = kProprietary;
    EXPECT_EQ(
        Only(known)
            .foreseen({.version = kDriver.version, .flavour = kOpen, .debian = "535.261.03-1"})
            .front()
            .consequence,
        Consequence::Warned);
}

TEST(KnownBreaks, DebianMendsSomeOfItsOwnSources) {
    KnownBreak known = someBreak();
    known.drivers.front().debian = "535.261.03-5";
    const Only only(known);
    for (const auto& [debian, count] :
         {std::pair{"535.261.03-4", 1U}, {"535.261.03-5", 0U}, {"535.261.03-10", 0U}, {"", 1U}}) {
        EXPECT_EQ(
            only.foreseen({.version = kDriver.version, .flavour = kOpen, .debian = debian}).size(),
            count)
            << debian;
    }
}

TEST(KnownBreaks, AnUploadToStableAloneHasNoneOfUnstablesPatches) {
    KnownBreak known = someBreak();
    known.drivers = {{.branch = 535, .debian = "535.274.02-3"}};
    const Only only(known);
    struct Case {
        const char* version;
        const char* debian;
        std::size_t breaks;
    };
    for (const auto& [version, debian, breaks] : {Case{"535.274.02", "535.274.02-3", 0},
                                                  {"535.309.01", "535.309.01-1", 0},
                                                  {"535.309.01", "535.309.01-0+deb12u1", 1}}) {
        EXPECT_EQ(only.foreseen({.version = version, .flavour = kOpen, .debian = debian}).size(),
                  breaks)
            << debian;
    }
}

TEST(KnownBreaks, APatchMendsWhatItFits) {
    KnownBreak known = someBreak();
    known.patch = "some.patch";
    known.confidence = Confidence::Confirmed;
    const Only only(known);
    const auto with = [](std::optional<std::set<std::string>> patches) {
        return DriverFacts{.version = kDriver.version,
                           .flavour = kOpen,
                           .debian = "535.261.03-1",
                           .patches = std::move(patches)};
    };
    EXPECT_EQ(only.foreseen(with({})).front().consequence, Consequence::Patched);
    EXPECT_EQ(only.foreseen(with({{"some.patch"}})).front().consequence, Consequence::Patched);
    EXPECT_EQ(only.foreseen(with({{"some.patch"}}), false).front().consequence,
              Consequence::Refused);
    EXPECT_THAT(only.foreseen(with(std::set<std::string>())), IsEmpty()); // mended already
}

TEST(KnownBreaks, AFailureIsExplainedByItsSymptom) {
    struct Case {
        const char* errors;
        const char* kernel;
        const char* explanation;
    };
    const Case cases[] = {
        {"nvidia/nv-pci.c:223:9: error: too few arguments to function 'pci_resize_resource'",
         "6.12.102-flatcar",
         "This is known (pci-resize-resource-exclude-bars): pci_resize_resource() takes a fourth "
         "argument. Take driver 535.309.01 or a later one of branch 535, or the proprietary "
         "flavour."},
        {"make: *** The kernel you are installing for is a PREEMPT_RT kernel!", "6.1.0-1-rt-amd64",
         "This is known (preempt-rt-refused): NVIDIA's sanity check refuses a PREEMPT_RT kernel, "
         "of "
         "which it supports none. Take a kernel without PREEMPT_RT."},
        {"x.c:1: error: no such thing", "6.12.102-flatcar",
         "Known to compile there: 535.309.01, 610.43.03."},
        {"x.c:1: error: no such thing", "6.1.0-56-amd64", ""},
    };
    for (const auto& [errors, kernel, explanation] : cases) {
        EXPECT_EQ(explainFailure(breakTable(), errors, kDriver, named(kernel)), explanation);
    }
}

TEST(KnownBreaks, OfTwoWithOneSymptomTheOneThatIsThereExplains) {
    struct Case {
        const char* driver;
        const char* kernel;
        const char* explanation;
    };
    const Case cases[] = {
        {"525.60.13", "6.3.1", "vm-flags-const"},
        {"570.211.01", "6.19.1", "vm-flags-member-removed-6.19"},
        {"610.43.03", "6.12.1", "vm-flags-const"}, // neither of them: the first
    };
    for (const auto& [driver, kernel, explanation] : cases) {
        EXPECT_THAT(explainFailure(breakTable(),
                                   "x.c:1:2: error: assignment of read-only member 'vm_flags'",
                                   {.version = driver, .flavour = kOpen}, named(kernel)),
                    testing::StartsWith("This is known (" + std::string(explanation) + ")"));
    }
}

/// 535.154.05 mends the first of them, and would be refused for the next.
TEST(KnownBreaks, WhatToTakeMendsAllOfThem) {
    const struct {
        const char* driver;
        Flavour flavour;
        const char* remedy;
    } cases[] = {
        {"535.104.05", kProprietary,
         "Take driver 535.309.01 or a later one of branch 535. Try it all the same with {force}."},
        {"590.48.01", kOpen,
         "Take the proprietary flavour. Known to compile there: 610.43.03. A kernel without "
         "CONFIG_DEVICE_PRIVATE takes it. Try it all the same with {force}."},
        {"550.163.01", kProprietary,
         "Known to compile there: 610.43.03. Try it all the same with {force}."},
    };
    for (const auto& it : cases) {
        try {
            requireNoKnownBreak(knownBreaks(
                breakTable(), {.version = it.driver, .flavour = it.flavour}, named("6.19.3")));
            ADD_FAILURE() << it.driver << " was not refused";
        } catch (const host::Error& error) {
            EXPECT_EQ(error.remedy(), it.remedy);
        }
    }
}

TEST(KnownBreaks, RefusalHasAllOfThem) {
    EXPECT_NO_THROW(requireNoKnownBreak({}));
    EXPECT_NO_THROW(requireNoKnownBreak(
        {{.consequence = Consequence::Warned, .subject = "w", .cause = "w", .remedy = "r"},
         {.consequence = Consequence::Patched, .subject = "p", .cause = "p", .remedy = ""}}));
    constexpr auto kRefused = Consequence::Refused;
    try {
        requireNoKnownBreak(
            {{.consequence = kRefused, .subject = "it fails", .cause = "one", .remedy = "Do."},
             {.consequence = Consequence::Warned, .subject = "w", .cause = "w", .remedy = "r"},
             {.consequence = kRefused, .subject = "it fails", .cause = "two: 2", .remedy = ""},
             {.consequence = kRefused, .subject = "it ends", .cause = "three", .remedy = ""}});
        ADD_FAILURE() << "nothing was refused";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_STREQ(error.what(), "it fails: one; two: 2; it ends: three");
        EXPECT_EQ(error.remedy(), "Do. Try it all the same with {force}.");
    }
}

TEST(KnownBreaks, AreToldBeforeABuild) {
    const std::vector<ForeseenBreak> breaks = {
        {.consequence = Consequence::Patched, .subject = "it", .cause = "patched", .remedy = ""},
        {.consequence = Consequence::Warned, .subject = "it", .cause = "warned", .remedy = "Mind."},
        {.consequence = Consequence::Refused,
         .subject = "it",
         .cause = "refused",
         .remedy = "Do."}};
    std::vector<std::string> told;
    host::Observer observer;
    observer.note = [&](const std::string& text) { told.push_back(text); };
    observer.forgive = [&](const host::Error& error) {
        told.push_back(std::string(error.what()) + ": " + error.remedy());
    };
    EXPECT_THROW(heed(breaks, false, observer), host::Error);
    EXPECT_THAT(told, IsEmpty());
    heed(breaks, true, observer);
    EXPECT_THAT(told, testing::ElementsAre("it: patched", "it: warned: Mind.", "it: refused: Do."));
}

} // namespace
} // namespace precompile
