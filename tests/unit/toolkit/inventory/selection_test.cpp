#include "toolkit/inventory/selection.h"

#include "tests/unit/toolkit/edits/sample.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace toolkit {
namespace {

/// "0 1 | 2:0", or "unknown X".
std::string selected(const std::vector<gpu::Gpu>& gpus, const std::vector<std::string>& names) {
    try {
        const auto selection = select(gpus, names);
        std::vector<std::string> texts;
        for (const auto* gpu : selection.gpus) {
            texts.push_back(fmt::format("{}", gpu->index));
        }
        for (const auto& mig : selection.migs) {
            texts.push_back(fmt::format("{}:{}", mig.gpu->index, mig.mig->index));
        }
        return fmt::format("{}", fmt::join(texts, " "));
    } catch (const UnknownDevice& error) {
        return "unknown " + error.device();
    }
}

TEST(Selection, NamesAreIndicesUuidsPlacesAndAddresses) {
    struct Case {
        std::vector<std::string> names;
        const char* expected;
    };
    const Case cases[] = {
        {{}, ""},
        {{"none"}, ""},
        {{"all"}, "0 1 2:0 2:1"},
        {{"1", "0"}, "1 0"},
        {{"1", "all"}, "1 0 2:0 2:1"},
        {{"2"}, "2"}, // in MIG mode, but named
        {{"2:1", "2:0", "2:1"}, "2:1 2:0"},
        {{"2:01", "02:1"}, "2:1"}, // numbers, as 01 is
        {{"gpu-11111111-AAAA-4bbb-8ccc-000000000001"}, "0"},
        {{"mig-44444444-AAAA-5bbb-8ccc-00000000000B"}, "2:1"},
        {{"MIG-44444444-aaaa-5bbb-8ccc-00000000000a", "2:0"}, "2:0"},
        {{"0000:86:00.0", "00000000:86:00.0", "1"}, "1"},
        {{"1:0:0.0"}, "2"},
        {{"0000:3B:00.0"}, "0"},
        {{"GPU-11111111"}, "unknown GPU-11111111"}, // whole UUIDs only
        {{"0", "3"}, "unknown 3"},
        {{""}, "unknown "},
        {{"-1"}, "unknown -1"},
        {{"0x1"}, "unknown 0x1"},
        {{"ALL"}, "unknown ALL"},
        {{"0:0"}, "unknown 0:0"},
        {{"2:"}, "unknown 2:"},
        {{":1"}, "unknown :1"},
        {{"2:1:1"}, "unknown 2:1:1"},
        {{"2:2"}, "unknown 2:2"},
        {{"0000:3b:00.1"}, "unknown 0000:3b:00.1"},
        {{"0000:3b:00"}, "unknown 0000:3b:00"},
        {{"0000:3b:00.0.0"}, "unknown 0000:3b:00.0.0"},
        {{"4294967296"}, "unknown 4294967296"},
    };
    for (const auto& [names, expected] : cases) {
        EXPECT_EQ(selected(tests::sampleGpus(), names), expected);
    }
}

TEST(Selection, AnUnknownNameIsRefusedWithWhatThereIs) {
    auto gpus = tests::sampleGpus();
    gpus[1].uuid.clear();
    gpus[2].migs[1].uuid.clear();
    try {
        select(gpus, {"GPU-22222222-aaaa-4bbb-8ccc-000000000002"});
        FAIL() << "accepted";
    } catch (const UnknownDevice& error) {
        EXPECT_STREQ(error.what(),
                     "there is no GPU or MIG device 'GPU-22222222-aaaa-4bbb-8ccc-000000000002':"
                     " there are 0 (GPU-11111111-aaaa-4bbb-8ccc-000000000001), 1,"
                     " 2 (GPU-33333333-aaaa-4bbb-8ccc-000000000003),"
                     " 2:0 (MIG-44444444-aaaa-5bbb-8ccc-00000000000a), 2:1");
        EXPECT_EQ(error.remedy(), "Name one that is there, or all; a UUID is known once the GPU has"
                                  " been opened.");
    }
    EXPECT_STREQ(UnknownDevice({}, "0").what(),
                 "there is no GPU or MIG device '0': there is none at all");
}

TEST(Selection, AUuidThatIsNotKnownIsNoName) {
    auto gpus = tests::sampleGpus();
    gpus[0].uuid.clear();
    EXPECT_EQ(selected(gpus, {""}), "unknown ");
}

} // namespace
} // namespace toolkit
