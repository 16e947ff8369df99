#include "precompile/build/kernel_build.h"

#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

constexpr const char* kRelease = "#define UTS_RELEASE \"6.1.0-56-amd64\"\n";
constexpr const char* kCompile =
    "#define UTS_MACHINE\t\t\"x86_64\"\n"
    "#define LINUX_COMPILE_BY\t\"debian-kernel\"\n"
    "#define LINUX_COMPILE_HOST\t\"lists.debian.org\"\n"
    "#define LINUX_COMPILER_VERSION unquoted\n"
    "#define LINUX_COMPILER\t\t\"gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld 2.40\"\n";
constexpr const char* kVersion =
    "#define UTS_VERSION \"#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-07-05)\"\n";
constexpr const char* kBanner =
    "Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) "
    "12.2.0, GNU ld 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-07-05)";

struct Case {
    const char* name;
    std::string release;
    std::string compile;
    std::string version;
    const char* banner;
};

const Case kCases[] = {
    {"SinceLinux61", kRelease, kCompile, kVersion, kBanner},
    {"UntilLinux60", kRelease, std::string(kVersion) + kCompile, "", kBanner},
    {"WithoutRelease", "", kCompile, kVersion, ""},
    {"WithoutCompiler", kRelease, "", kVersion, ""},
    {"WithoutVersion", kRelease, kCompile, "", ""},
    {"Empty", kRelease, kCompile, "#define UTS_VERSION \"\"\n", ""},
    {"Cut", kRelease, kCompile, "#define UTS_VERSION", ""},
    {"NoText", kRelease, kCompile, "#define UTS_VERSION 1\n", ""},
};

class ProcVersionTest : public testing::TestWithParam<Case> {};

TEST_P(ProcVersionTest, IsWhatTheHeadersSay) {
    const tests::Directory root;
    const Case& is = GetParam();
    const std::string contents[] = {is.release, is.compile, is.version};
    const auto files = procVersionFiles();
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!contents[i].empty()) {
            root.write(std::filesystem::path("usr/src/linux") / files[i], contents[i]);
        }
    }
    std::filesystem::create_directory_symlink("/usr/src/linux", root.path() / "build");
    EXPECT_EQ(procVersionOf(host::Rooted(root.path()), "/build"), is.banner);
}

INSTANTIATE_TEST_SUITE_P(Each, ProcVersionTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ModuleScript, IsWhereKernelsHaveIt) {
    const tests::Directory directory;
    EXPECT_EQ(moduleScriptOf(directory.path()), "");
    for (const char* file :
         {"arch/arm64/module.lds", "arch/x86/module.lds", "scripts/module.lds"}) {
        directory.write(file, "");
        EXPECT_EQ(moduleScriptOf(directory.path()), file);
    }
}

} // namespace
} // namespace precompile
