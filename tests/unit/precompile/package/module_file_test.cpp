#include "precompile/package/module_file.h"

#include "host/base/error.h"
#include "tests/unit/precompile/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using tests::modinfo;
using tests::section;

class ModuleFileTest : public testing::Test {
  protected:
    std::filesystem::path compile(const std::string& source) {
        return tests::compileObject(directory, "m.ko", source);
    }
    std::string good = modinfo("name", "m") + modinfo("vermagic", "6.12.1-x SMP") +
                       modinfo("depends", "drm,video") + modinfo("retpoline", "Y") +
                       modinfo("version", "535.1") + modinfo("license", "NVIDIA") +
                       modinfo("import_ns", "DMA_BUF") + modinfo("import_ns", "CXL") +
                       "extern char printk[]; void* use = printk;\n" + modinfo("alias", "a") +
                       modinfo("alias", "b") + section(".gnu.linkonce.this_module") +
                       section(".orc_unwind") + section(".return_sites");
    tests::Directory directory;
};

TEST_F(ModuleFileTest, ReadsWhatAModuleSays) {
    const ModuleFile module = inspectModule(compile(good), "m-a");
    EXPECT_EQ(module.name, "m-a");
    EXPECT_EQ(module.ownName, "m");
    EXPECT_EQ(module.version, "535.1");
    EXPECT_EQ(module.vermagic, "6.12.1-x SMP");
    EXPECT_THAT(module.depends, testing::ElementsAre("drm", "video"));
    EXPECT_EQ(module.thisModules, 1);
    EXPECT_TRUE(module.retpoline);
    EXPECT_THAT(module.sections, testing::IsSupersetOf({".orc_unwind", ".return_sites"}));
    EXPECT_EQ(module.symbols.license, "NVIDIA");
    EXPECT_THAT(module.symbols.namespaces, testing::ElementsAre("DMA_BUF", "CXL"));
    ASSERT_EQ(module.symbols.required.size(), 1U);
    EXPECT_EQ(module.symbols.required.front().name, "printk");
}

TEST_F(ModuleFileTest, KeysThatAreThereTwiceAreNamed) {
    const auto module = inspectModule(compile(good + modinfo("vermagic", "6.12.1-x SMP")), "m");
    EXPECT_THAT(module.repeatedKeys, testing::ElementsAre("vermagic"));
    EXPECT_THAT(inspectModule(compile(good), "m").repeatedKeys, testing::IsEmpty());
}

TEST_F(ModuleFileTest, OtherFilesAreErrors) {
    EXPECT_THROW(inspectModule(compile("int x;"), "m"), host::Error);
    EXPECT_THROW(inspectModule(directory.write("text", "no ELF"), "m"), host::Error);
    const std::string whole = host::readFile(compile(good));
    for (std::size_t size = 0; size < whole.size(); size += 61) {
        EXPECT_THROW(inspectModule(directory.write("cut", whole.substr(0, size)), "m"), host::Error)
            << size;
    }
}

} // namespace
} // namespace precompile
