#include "precompile/build/compiler_cache.h"

#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;

TEST(CompilerCache, NeedsADirectoryAndCcache) {
    const tests::Directory root;
    const tests::Directory cache;
    for (const auto& [directory, ccache] : {std::pair(cache.path(), false), {"", true}}) {
        if (ccache) {
            root.write("usr/bin/ccache", "");
        }
        const CompilerCache compilers(directory, root.path());
        EXPECT_FALSE(compilers.works());
        EXPECT_THAT(compilers.environment("/bin"), ElementsAre("PATH=/bin"));
        EXPECT_FALSE(std::filesystem::exists(root.path() / "tmp"));
    }
}

TEST(CompilersName, IsAnyThatAKernelsHeadersUse) {
    const struct {
        const char* program;
        bool compiler;
    } cases[] = {
        {"gcc", true},
        {"gcc-12", true},
        {"x86_64-linux-gnu-gcc-14", true},
        {"aarch64-linux-gnu-gcc", true},
        {"x86_64-cros-linux-gnu-gcc", true},
        {"gcc-", false},
        {"gcc-ar", false},
        {"x86_64-linux-gnu-gcc-ranlib-14", false},
        {"c89-gcc", false},
        {"gccgo", false},
        {"g++", false},
    };
    for (const auto& each : cases) {
        EXPECT_EQ(isCompilersName(each.program), each.compiler) << each.program;
    }
}

/// ccache keeps no failures, and most of NVIDIA's tests fail; kbuild's tests compile /dev/null.
TEST(CachingCompiler, OnlyObjectsAreCached) {
    const tests::Directory directory;
    std::string text = cachingCompiler("/bin/echo");
    text.replace(text.find("/usr/bin/ccache"), std::string("/usr/bin/ccache").size(),
                 "/bin/echo cached");
    const auto program = directory.write("gcc", text);
    const struct {
        std::vector<std::string> arguments;
        bool cached;
    } cases[] = {
        {{"-I", "/tmp/nvidia/conftest", "-c", "-o", "nvidia/nv.o", "nvidia/nv.c"}, true},
        {{"-D", "X=a b", "-c", "nvidia.mod.c"}, true},
        {{"-Werror", "-c", "conftest4711.c"}, false},
        {{"-c", "-x", "c", "/dev/null", "-o", ".tmp_1/tmp"}, false},
        {{"-E", "-dM", "nv.c"}, false},
        {{"--version"}, false},
    };
    for (const auto& each : cases) {
        std::vector<std::string> argv = {"/bin/sh", program.string()};
        argv.insert(argv.end(), each.arguments.begin(), each.arguments.end());
        EXPECT_EQ(host::runChecked({.argv = argv}).starts_with("cached /bin/echo "), each.cached)
            << each.arguments.back();
    }
}

} // namespace
} // namespace precompile
