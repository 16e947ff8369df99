#include "precompile/package/module_file.h"

#include "host/base/error.h"
#include "tests/unit/precompile/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::modinfo;
using tests::section;

class ModuleFileTest : public testing::Test {
  protected:
    std::filesystem::path compile(const std::string& source) {
        return tests::compileObject(directory, "m.ko", source);
    }
    std::string good = modinfo("name", "m") + modinfo("vermagic", "6.12.1-x SMP") +
                       modinfo("depends", "drm,video") + modinfo("retpoline", "Y") +
                       modinfo("alias", "a") + modinfo("alias", "b") +
                       section(".gnu.linkonce.this_module") + section(".orc_unwind") +
                       section(".return_sites");
    KernelDemands strict{"6.12.1-x", true, true, true};
    tests::Directory directory;
};

TEST_F(ModuleFileTest, ReadsWhatAModuleSays) {
    const ModuleFile module = inspectModule(compile(good));
    EXPECT_EQ(module.name, "m");
    EXPECT_EQ(module.vermagic, "6.12.1-x SMP");
    EXPECT_THAT(module.depends, testing::ElementsAre("drm", "video"));
    EXPECT_EQ(module.thisModules, 1);
    EXPECT_THAT(problemsOf(module, strict), IsEmpty());
}

TEST_F(ModuleFileTest, LinkedTwiceIsNoticed) {
    const auto problems =
        problemsOf(inspectModule(compile(good + modinfo("vermagic", "6.12.1-x SMP"))), strict);
    EXPECT_THAT(problems, testing::ElementsAre("its .modinfo names vermagic more than once"));
}

TEST_F(ModuleFileTest, EveryProblemIsListed) {
    const auto problems = problemsOf(inspectModule(compile(modinfo("name", "m"))), strict);
    EXPECT_EQ(problems.size(), 5U);
    EXPECT_THAT(problems, Contains("it has no vermagic"));
}

TEST_F(ModuleFileTest, AnotherKernelIsNamed) {
    const auto problems =
        problemsOf(inspectModule(compile(good)), {"6.12.1-xy", false, false, false});
    EXPECT_THAT(problems, testing::ElementsAre(HasSubstr(
                              "its vermagic is '6.12.1-x SMP', the kernel is 6.12.1-xy")));
}

TEST_F(ModuleFileTest, OtherFilesAreErrors) {
    EXPECT_THROW(inspectModule(compile("int x;")), host::Error);
    EXPECT_THROW(inspectModule(directory.write("text", "no ELF")), host::Error);
    const std::string whole = host::readFile(compile(good));
    for (std::size_t size = 0; size < whole.size(); size += 61) {
        EXPECT_THROW(inspectModule(directory.write("cut", whole.substr(0, size))), host::Error)
            << size;
    }
}

TEST(DemandsOf, KnowsOldAndNewNames) {
    const auto old = demandsOf(
        "6.1", "x\nCONFIG_RETPOLINE=y\nCONFIG_UNWINDER_ORC=y\n# CONFIG_RETHUNK is not set\n");
    EXPECT_TRUE(old.retpoline);
    EXPECT_TRUE(old.orcUnwind);
    EXPECT_FALSE(old.returnSites);
    EXPECT_TRUE(demandsOf("6.12", "\nCONFIG_MITIGATION_RETHUNK=y\n").returnSites);
    EXPECT_TRUE(demandsOf("6.12", "\nCONFIG_X86_KERNEL_IBT=y\n").ibt);
    EXPECT_FALSE(old.ibt);
}

} // namespace
} // namespace precompile
