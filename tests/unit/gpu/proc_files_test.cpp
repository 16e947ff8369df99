#include "gpu/proc_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gpu {
namespace {

using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(ProcFields, AreTrimmed) {
    const auto fields = parseProcFields("Model: \t\t NVIDIA H100 80GB HBM3\nBus Location: \t "
                                        "0000:3b:00.0\nDevice Minor: \t 3\nGPU Excluded:\t No\n"
                                        "no field\nEmpty:\n");
    EXPECT_EQ(fieldOf(fields, "Model"), "NVIDIA H100 80GB HBM3");
    EXPECT_EQ(fieldOf(fields, "Bus Location"), "0000:3b:00.0");
    EXPECT_EQ(fieldOf(fields, "GPU Excluded"), "No");
    EXPECT_EQ(fieldOf(fields, "Empty"), "");
    EXPECT_EQ(fieldOf(fields, "no field"), "");
    EXPECT_THAT(numberOf(fields, "Device Minor"), Optional(3U));
    EXPECT_EQ(numberOf(fields, "Model"), std::nullopt);
    EXPECT_THAT(parseProcFields(""), IsEmpty());
}

TEST(MigMinors, AreByWhatTheyAreFor) {
    EXPECT_THAT(parseMigMinors("config 1\nmonitor 2\ngpu0/gi0/access 3\ngpu0/gi0/ci0/access 4\n"
                               "one word\nand -1\nthree words here\n"),
                UnorderedElementsAre(Pair("config", 1), Pair("monitor", 2),
                                     Pair("gpu0/gi0/access", 3), Pair("gpu0/gi0/ci0/access", 4)));
}

TEST(ModuleVersion, IsTheFirstLines) {
    const std::pair<const char*, const char*> cases[] = {
        {"NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.07  Sat Feb 17 22:55:48 UTC "
         "2024\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n",
         "535.161.07"},
        {"NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159  Release Build\n",
         "580.159"},
        {"NVRM version: none\nGCC version: 12.2.0\n", ""},
        {"", ""},
    };
    for (const auto& [text, version] : cases) {
        EXPECT_EQ(parseModuleVersion(text), version);
    }
}

TEST(DriverVersion, IsTwoOrThreeNumbers) {
    for (const char* version : {"470.42", "535.261.03", "1.2"}) {
        EXPECT_TRUE(isDriverVersion(version)) << version;
    }
    for (const char* other : {"", "535", "535.", ".1", "1.2.3.4", "535.x", "5 3.1"}) {
        EXPECT_FALSE(isDriverVersion(other)) << other;
    }
}

} // namespace
} // namespace gpu
