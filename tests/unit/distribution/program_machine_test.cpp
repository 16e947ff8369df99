#include "distribution/program_machine.h"

#include "tests/unit/program_header.h"

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

} // namespace
} // namespace distribution
