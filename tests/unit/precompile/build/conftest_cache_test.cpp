#include "precompile/build/conftest_cache.h"

#include "host/base/file.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace precompile {
namespace {

const std::vector<std::string> kArguments = {"KERNEL_UNAME=6.1.0", "modules"};

const std::string kKernel = "0123";

/// A driver's source tree as it lies in a build root, and what its tests leave there.
class Tree : public tests::Directory {
  public:
    Tree() {
        write("conftest.sh", "echo '#include <linux/fb.h>'\n");
        write("Makefile", "modules:\n");
        write("Kbuild", "NV_HEADER_PRESENCE_TESTS = linux/fb.h\n");
        write("nvidia/nvidia.Kbuild", "NV_CONFTEST_TYPE_COMPILE_TESTS += a\n");
        write("nvidia/nv.c", "int open;\n");
        write("common/inc/nv.h", "int nv;\n");
    }
    void test() const {
        write("conftest/headers.h", "#define NV_LINUX_FB_H_PRESENT\n");
        write("conftest/compile-tests/a.h", "#undef NV_A\n");
    }
    [[nodiscard]] bool tested() const { return std::filesystem::exists(path() / "conftest"); }
};

class ConftestCacheTest : public testing::Test {
  protected:
    void keepResults() const {
        const Tree first;
        const ConftestCache cache(cache_.path(), kKernel, first.path(), kArguments);
        EXPECT_FALSE(cache.restore());
        first.test();
        cache.keep();
    }
    [[nodiscard]] bool restoresInto(const Tree& tree, const std::string& kernel = kKernel,
                                    const std::vector<std::string>& arguments = kArguments) const {
        const bool restored =
            ConftestCache(cache_.path(), kernel, tree.path(), arguments).restore();
        EXPECT_EQ(restored, tree.tested());
        return restored;
    }

    tests::Directory cache_;
};

TEST_F(ConftestCacheTest, OtherFlavourGetsTheResultsNewerThanItsSources) {
    keepResults();
    const Tree other;
    other.write("nvidia/nv.c", "int proprietary;\n");
    ASSERT_TRUE(restoresInto(other));
    const auto headers = other.path() / "conftest/headers.h";
    const auto single = other.path() / "conftest/compile-tests/a.h";
    EXPECT_EQ(host::readFile(headers), "#define NV_LINUX_FB_H_PRESENT\n");
    EXPECT_EQ(host::readFile(single), "#undef NV_A\n");
    const auto time = std::filesystem::last_write_time(headers);
    EXPECT_EQ(std::filesystem::last_write_time(single), time);
    EXPECT_GE(time, std::filesystem::last_write_time(other.path() / "conftest.sh"));
}

TEST_F(ConftestCacheTest, EverythingThatTakesPartIsInTheKey) {
    keepResults();
    const std::vector<std::pair<const char*, const char*>> changes = {
        {"conftest.sh", "echo\n"},
        {"Makefile", "all:\n"},
        {"Kbuild", "x = 1\n"},
        {"nvidia/nvidia.Kbuild", "x = 1\n"},
        {"nvidia-uvm/uvm.Kbuild", "x = 1"},
        {"patch-official.h", "#define X\n"}};
    for (const auto& [name, content] : changes) {
        const Tree changed;
        changed.write(name, content);
        EXPECT_FALSE(restoresInto(changed)) << name;
    }
    EXPECT_FALSE(restoresInto(Tree(), "4567"));
    EXPECT_FALSE(restoresInto(Tree(), kKernel, {"modules"}));
}

TEST_F(ConftestCacheTest, NothingIsKeptWhereTheKeyWouldNotHoldEverything) {
    const Tree plain;
    const Tree own;
    own.write("conftest.sh", "echo '#include <nv.h>'\n"); // in common/inc
    for (const ConftestCache& cache :
         {ConftestCache(cache_.path(), kKernel, own.path(), kArguments),
          ConftestCache({}, kKernel, plain.path(), kArguments)}) {
        plain.test();
        own.test();
        cache.keep();
        EXPECT_FALSE(cache.restore());
    }
    EXPECT_TRUE(std::filesystem::is_empty(cache_.path()));
}

/// A regular expression would run out of stack.
TEST_F(ConftestCacheTest, NamesOfAnyLength) {
    const Tree tree;
    tree.write("conftest.sh", "#include <" + std::string(4 << 20, 'a') + ">\n#" +
                                  std::string(4 << 20, ' ') + "include");
    const ConftestCache cache(cache_.path(), kKernel, tree.path(), kArguments);
    tree.test();
    cache.keep();
    EXPECT_TRUE(cache.restore());
}

TEST_F(ConftestCacheTest, OwnHeadersAreFoundHoweverTheyAreIncluded) {
    for (const char* line : {"#include <nv.h>", "#include \\\"nv.h\\\"", "# \tinclude\"nv.h\"",
                             "#define A # include<nv.h>"}) {
        const Tree tree;
        tree.write("conftest.sh", line);
        const ConftestCache cache(cache_.path(), kKernel, tree.path(), kArguments);
        tree.test();
        cache.keep();
        EXPECT_FALSE(cache.restore()) << line;
    }
}

TEST_F(ConftestCacheTest, WhatIsOldOrTooMuchIsRemoved) {
    const auto now = std::filesystem::file_time_type::clock::now();
    const auto entry = [&](const char* name, int daysOld, std::uintmax_t size) {
        const auto file = cache_.write(name, "");
        std::filesystem::resize_file(file, size);
        std::filesystem::last_write_time(file, now - std::chrono::hours(24 * daysOld));
    };
    constexpr std::uintmax_t kMegabytes = 1 << 20;
    entry("recent.json", 1, 16 * kMegabytes);
    entry("older.json", 2, 15 * kMegabytes);
    entry("too-much.json", 3, kMegabytes);
    entry("unused.json", 181, 1);
    keepResults();
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(cache_.path())) {
        names.insert(file.path().filename().string().substr(0, 8));
    }
    EXPECT_EQ(names.size(), 3U);
    EXPECT_TRUE(names.contains("recent.j") && names.contains("older.js"));
    EXPECT_TRUE(restoresInto(Tree()));
}

TEST_F(ConftestCacheTest, DamageCountsAsNone) {
    keepResults();
    const auto file = std::filesystem::directory_iterator(cache_.path())->path();
    const std::string good = host::readFile(file);
    for (const std::string& damaged :
         {std::string(), good.substr(0, good.size() / 2), std::string("[]"),
          std::string(good).replace(good.find("undef"), 5, "defin"),
          std::string(R"({"files": {}, "sha256": 1})")}) {
        host::writeFileAtomic(file, damaged);
        EXPECT_FALSE(restoresInto(Tree())) << damaged;
    }
}

} // namespace
} // namespace precompile
