#include "distribution/program_machine.h"

#include "host/base/error.h"
#include "tests/unit/program_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace distribution {
namespace {

TEST(ProgramMachine, IsWhatTheProgramsHeaderSays) {
    const tests::Directory root;
    tests::writeProgramHeader(root, "bin/arm64", EM_AARCH64);
    tests::writeProgramHeader(root, "bin/amd64", EM_X86_64);
    tests::writeProgramHeader(root, "bin/arm", EM_ARM);
    root.write("bin/script", "#!/bin/sh\n# longer than what is read of a program\n");
    root.write("bin/short", ELFMAG);
    std::filesystem::create_symlink("/bin/arm64", root.path() / "bin/inside");
    std::filesystem::create_symlink("/../../bin/sh", root.path() / "bin/outside");
    const struct {
        const char* program;
        std::optional<std::string> machine;
    } cases[] = {
        {"bin/arm64", "aarch64"},      {"bin/amd64", "x86_64"},       {"bin/arm", "ELF machine 40"},
        {"bin/inside", "aarch64"},     {"bin/script", std::nullopt},  {"bin/short", std::nullopt},
        {"bin/outside", std::nullopt}, {"bin/missing", std::nullopt},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(machineOfProgram(host::Rooted(root.path()), test.program), test.machine)
            << test.program;
    }
}

TEST(ProgramMachine, AnotherOneThanTheRunningIsRefused) {
    const Target target{"flatcar", "4593.2.5", "aarch64", ""};
    EXPECT_NO_THROW(requireOwnMachine(target, "aarch64"));
    try {
        requireOwnMachine(target, "x86_64");
        FAIL() << "was not refused";
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_STREQ(error.what(), "modules for flatcar 4593.2.5 are compiled by programs for "
                                   "aarch64, which this machine, x86_64, does not run");
        EXPECT_THAT(error.remedy(), testing::HasSubstr("on a machine that is aarch64"));
        EXPECT_THAT(error.remedy(), testing::HasSubstr("{force}"));
    }
}

} // namespace
} // namespace distribution
