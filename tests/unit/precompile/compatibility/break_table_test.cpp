#include "precompile/compatibility/break_table.h"

#include "host/base/error.h"
#include "precompile/compatibility/source_patch.h"
#include "precompile/package/driver_version.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace precompile {
namespace {

using testing::HasSubstr;

constexpr const char* kOne = R"({"breaks": [{
    "id": "one", "stage": "link", "why": "something is gone",
    "drivers": [{"branch": "535", "first": "535.54.03", "fixed": "535.98",
                 "debian": "535.54.03-2"}],
    "flavours": ["open"], "kernels": [{"first": "6.1.178", "last": "6.1"}],
    "architecture": "aarch64", "compiler": {"name": "gcc", "first": 14},
    "config": ["CONFIG_A", "!CONFIG_B"], "usual": true,
    "probe": {"file": "include/linux/pci.h", "name": "f", "arguments": 4},
    "symptoms": ["'f'"], "remedy": "Do.", "patch": "one.patch", "confidence": "confirmed",
    "failed": [{"debian": "535.98-1", "flavour": "open"}],
    "sources": ["here"]}],
  "newest_known_good": [{"kernels": {"first": "6.1", "last": "6.1"}, "flavours": ["proprietary"],
    "drivers": ["535.98"], "source": "here", "confidence": "secondary"}]})";

TEST(BreakTable, IsReadWhole) {
    const BreakTable table = breakTableFromJson(kOne, "test.json");
    ASSERT_EQ(table.breaks.size(), 1U);
    const KnownBreak& known = table.breaks.front();
    EXPECT_EQ(known.id, "one");
    EXPECT_EQ(known.stage, BreakStage::Link);
    EXPECT_EQ(known.drivers.front().branch, 535);
    EXPECT_EQ(known.drivers.front().first, "535.54.03");
    EXPECT_EQ(known.drivers.front().fixed, "535.98");
    EXPECT_EQ(known.drivers.front().debian, "535.54.03-2");
    EXPECT_EQ(known.kernels.front().first, (KernelVersion{6, 1, 178}));
    EXPECT_EQ(known.kernels.front().last, (KernelVersion{6, 1}));
    EXPECT_EQ(known.compiler->first, 14U);
    EXPECT_EQ(known.probe->arguments, 4U);
    EXPECT_TRUE(known.usual);
    EXPECT_EQ(known.confidence, Confidence::Confirmed);
    ASSERT_EQ(known.failed.size(), 1U);
    EXPECT_EQ(known.failed.front().version, "535.98-1");
    EXPECT_EQ(known.failed.front().flavour, Flavour::Open);
    EXPECT_EQ(table.newestKnownGood.front().drivers, std::vector<std::string>{"535.98"});
}

TEST(BreakTable, WhatIsWrongIsNamed) {
    struct Case {
        const char* from;
        const char* to;
        const char* message;
    };
    const Case cases[] = {
        {"\"link\"", "\"later\"", "breaks[0].stage has the unknown word 'later'"},
        {"\"6.1.178\"", "\"6.1-rc1\"", "breaks[0].kernels[0].first is no version of a kernel"},
        {"\"open\"", "\"closed\"", "breaks[0].flavours[0] has the unknown word 'closed'"},
        {"\"id\"", "\"name\"", "id"},
        {"\"535\"", "\"v535\"", "breaks[0].drivers[0].branch is no branch of drivers"},
        {"\"arguments\": 4", "\"arguments\": -4", "breaks[0].probe.arguments"},
        {"\"arguments\": 4", "\"present\": 1", "breaks[0].probe.present"},
    };
    for (const auto& [from, to, message] : cases) {
        std::string text = kOne;
        text.replace(text.find(from), std::string_view(from).size(), to);
        try {
            breakTableFromJson(text, "test.json");
            ADD_FAILURE() << "read: " << to;
        } catch (const host::Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("test.json is no table of known breaks"));
            EXPECT_THAT(error.what(), HasSubstr(message));
        }
    }
}

/// What the reading cannot see.
TEST(BreakTable, OfTheProgramIsConsistent) {
    const BreakTable& table = breakTable();
    std::set<std::string> ids;
    for (const KnownBreak& known : table.breaks) {
        EXPECT_TRUE(ids.insert(known.id).second) << known.id << " is there twice";
        EXPECT_FALSE(known.drivers.empty()) << known.id;
        EXPECT_FALSE(known.flavours.empty()) << known.id;
        EXPECT_FALSE(known.sources.empty()) << known.id;
        EXPECT_FALSE(known.why.ends_with('.')) << known.id;
        EXPECT_TRUE(known.remedy.empty() || known.remedy.ends_with('.')) << known.id;
        for (const DriverRange& range : known.drivers) {
            EXPECT_TRUE(range.fixed.empty() || branchOf(range.fixed) == range.branch) << known.id;
            EXPECT_TRUE(range.first.empty() || branchOf(range.first) == range.branch) << known.id;
        }
        if (!known.patch.empty()) {
            EXPECT_NO_THROW(carriedPatch(known.patch));
        }
    }
    for (const SourcePatch& patch : carriedPatches()) {
        EXPECT_NE(std::ranges::find(table.breaks, patch.name(), &KnownBreak::patch),
                  table.breaks.end())
            << patch.name() << " is for no break";
    }
    for (const KnownGood& good : table.newestKnownGood) {
        EXPECT_TRUE(std::ranges::is_sorted(good.drivers, isOlderDriver)) << good.drivers.front();
    }
}

} // namespace
} // namespace precompile
