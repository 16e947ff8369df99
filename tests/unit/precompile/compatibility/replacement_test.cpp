#include "precompile/compatibility/replacement.h"

#include "tests/unit/precompile/compatibility/named_kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::AllOf;
using testing::IsEmpty;
using tests::named;

constexpr auto kOpen = Flavour::Open;
constexpr auto kProprietary = Flavour::Proprietary;

TEST(Replacement, NewestKnownGoodOfASeries) {
    using testing::Contains;
    using testing::Not;
    const auto of = [](const char* release, Flavour flavour) {
        return newestKnownGood(breakTable(), named(release), flavour);
    };
    EXPECT_THAT(of("6.12.102-flatcar", kOpen),
                AllOf(Contains("535.309.01"), Not(Contains("550.163.01"))));
    EXPECT_THAT(of("6.12.96-flatcar", kOpen), Contains("550.163.01"));
    EXPECT_THAT(of("6.12.102-flatcar", kProprietary), Contains("550.163.01"));
    EXPECT_THAT(of("6.12.96-flatcar", kProprietary), Contains("550.163.01"));
    EXPECT_THAT(of("6.6.100-flatcar", kProprietary), Contains("570.211.01"));
    EXPECT_THAT(of("6.18.40", kProprietary), Contains("570.211.01"));
    EXPECT_THAT(of("6.18.40", kOpen), AllOf(Contains("590.48.01"), Not(Contains("570.211.01"))));
    EXPECT_THAT(of("6.18.39", kOpen), Contains("570.211.01"));
    EXPECT_THAT(of("6.1.0-56-amd64", kOpen), IsEmpty()); // which 6.1 it is
    EXPECT_THAT(of("6.1.0-56-amd64", kProprietary), Contains("570.211.01"));
    EXPECT_THAT(of("4.19.1", kOpen), IsEmpty());
}

/// What compiles on others of the series, and not with this configuration or compiler.
TEST(Replacement, WhatBreaksThereIsNotKnownToBeGood) {
    using testing::Contains;
    using testing::Not;
    const auto of = [](const KernelFacts& kernel) {
        return newestKnownGood(breakTable(), kernel, kProprietary);
    };
    EXPECT_THAT(of(named("6.12.102-rt-amd64")), IsEmpty());
    KernelFacts kernel = named("6.12.102-flatcar");
    kernel.compiler = compilerFrom("gcc (Gentoo) 15.3.0");
    EXPECT_THAT(of(kernel), AllOf(Contains("535.309.01"), Not(Contains("550.163.01"))));
    kernel = named("6.1.78");
    kernel.options = {"CONFIG_PREEMPT_RCU"};
    EXPECT_THAT(of(kernel), AllOf(Contains("535.309.01"), Not(Contains("525.147.05"))));
    kernel.options = std::set<std::string>();
    EXPECT_THAT(of(kernel), Contains("525.147.05"));
}

KnownBreak certain(std::vector<DriverRange> drivers, std::vector<Flavour> flavours) {
    KnownBreak known;
    known.drivers = std::move(drivers);
    known.flavours = std::move(flavours);
    known.confidence = Confidence::Confirmed;
    return known;
}

/// The first break is the one that is in the driver's way, the others stand in that of what could
/// be taken instead.
TEST(Replacement, IsRefusedForNothingItself) {
    const auto gcc15 = [](KnownBreak known) {
        known.compiler = {.name = "gcc", .first = 15};
        return known;
    };
    const auto patched = [](KnownBreak known) {
        known.patch = "some.patch";
        return known;
    };
    const auto said = [](KnownBreak known) {
        known.confidence = Confidence::Secondary;
        return known;
    };
    const WorksWithGpus beforeTuring = [](const std::string& driver, Flavour flavour) {
        return flavour == kProprietary && driver < "590";
    };
    const KnownBreak open = certain({{.branch = 535}}, {kOpen});
    const KnownBreak closed = certain({{.branch = 535}}, {kProprietary});
    const KnownBreak fixed = certain({{.branch = 535, .fixed = "535.5"}}, {kOpen, kProprietary});
    const KnownBreak later =
        certain({{.branch = 535, .first = "535.4", .fixed = "535.9"}}, {kOpen});
    const KnownBreak newest = certain({{.branch = 590}}, {kOpen});
    const std::string known = "Known to compile there: ";
    const struct {
        const char* what;
        std::vector<KnownBreak> breaks;
        DriverFacts driver;
        WorksWithGpus works;
        std::string sentence;
    } cases[] = {
        {"the other flavour",
         {open},
         {"535.1", kOpen},
         {},
         "Take the proprietary flavour. " + known + "590.1."},
        {"which is refused, too", {open, closed}, {"535.1", kOpen}, {}, known + "590.1."},
        {"which a patch mends",
         {open, patched(closed)},
         {"535.1", kOpen},
         {},
         "Take the proprietary flavour. " + known + "590.1."},
        {"which others say not to compile",
         {open, said(closed)},
         {"535.1", kOpen},
         {},
         "Take the proprietary flavour. " + known + "590.1."},
        {"which another compiler would not take",
         {open, gcc15(closed)},
         {"535.1", kOpen},
         {},
         known + "590.1."},
        {"470 has no open flavour",
         {certain({{.branch = 470}}, {kProprietary})},
         {"470.1", kProprietary},
         {},
         known + "590.1."},
        {"a later driver",
         {fixed},
         {"535.1", kOpen},
         {},
         "Take driver 535.5 or a later one of branch 535."},
        {"which is refused for another break",
         {fixed, later},
         {"535.1", kOpen},
         {},
         "Take driver 535.9 or a later one of branch 535."},
        {"which nothing mends",
         {fixed, certain({{.branch = 535, .first = "535.5"}}, {kOpen})},
         {"535.1", kOpen},
         {},
         known + "590.1."},
        {"the newest one is refused",
         {open, newest},
         {"535.1", kOpen},
         {},
         "Take the proprietary flavour."},
        {"GPUs without the open flavour, and a last branch",
         {certain({{.branch = 550}}, {kProprietary})},
         {"550.1", kProprietary},
         beforeTuring,
         known + "535.8."},
        {"GPUs with it only",
         {open},
         {"535.1", kOpen},
         [](const std::string&, Flavour flavour) { return flavour == kOpen; },
         known + "590.1."},
    };
    for (const auto& it : cases) {
        const BreakTable table{
            .breaks = it.breaks,
            .newestKnownGood = {
                {.kernels = {}, .flavours = {kOpen, kProprietary}, .drivers = {"535.8", "590.1"}}}};
        KernelFacts kernel = named("6.12.100-x");
        kernel.compiler = {.name = "gcc", .version = 15};
        EXPECT_EQ(replacementFor({&table.breaks.front()}, it.driver,
                                 {.table = table, .kernel = kernel, .works = it.works}),
                  it.sentence)
            << it.what;
    }
}

} // namespace
} // namespace precompile
