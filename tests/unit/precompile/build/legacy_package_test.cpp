#include "precompile/build/legacy_package.h"

#include "host/base/error.h"
#include "tests/unit/precompile/build/legacy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;

constexpr const char* kKernel = "6.1.0-18-amd64";

TEST_F(LegacyTest, BecomesAPackageOfLinkedModules) {
    const auto file = write("legacy", kKernel);
    EXPECT_TRUE(isLegacyPackage(file));
    const LegacyPackage legacy(file);
    PackageIdentity node = wanted;
    node.target.kernel = "another";
    node.driver = "another";
    node.flavour = Flavour::Open;
    EXPECT_EQ(legacy.identity(node), wanted) << "kernel, driver and flavour are the package's";
    legacy.pack(target, wanted, tools);
    const Package package(target);
    EXPECT_EQ(package.manifest().identity, wanted);
    EXPECT_EQ(package.manifest().builtBy, "test");
    EXPECT_TRUE(package.manifest().inputs.contains("mkprecompiled"));
    ASSERT_EQ(package.manifest().modules.size(), 1U);
    const auto& module = package.manifest().modules.front();
    EXPECT_EQ(module.name, "nvidia");
    EXPECT_EQ(module.encoding, Encoding::ZstdDelta);
    EXPECT_NO_THROW(
        static_cast<void>(package.restore(module, tools.sourceDirectory / "nvidia-535.1/kernel")));
}

TEST_F(LegacyTest, AKernelThatNoneCanBeCalledIsDamage) {
    for (const char* kernel : {"../../x", "6.1\x1b[2J", ".."}) {
        const auto file = write("legacy", kernel);
        try {
            static_cast<void>(LegacyPackage(file));
            ADD_FAILURE() << kernel;
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            EXPECT_EQ(error.what(), "nv-linux.o in " + file.string() +
                                        " is no sound object: its vermagic names no kernel");
        }
    }
}

TEST_F(LegacyTest, TellsWhatProcVersionSays) {
    const std::string bytes = host::readFile(write("legacy", kKernel));
    EXPECT_EQ(readMkprecompiled(std::as_bytes(std::span(bytes)), "legacy").procVersion,
              kProcVersion);
}

/// As the export of a driver that did not find module.lds, and as NVIDIA's own.
TEST_F(LegacyTest, ExportsAreMergedWhereTheKernelHasAScript) {
    more = tests::section("___ksymtab+nv_open");
    const LegacyPackage legacy(write("legacy", kKernel));
    EXPECT_THAT([&] { legacy.pack(target, wanted, tools); },
                testing::ThrowsMessage<host::Error>(HasSubstr("exported symbols are not merged")));
    directory.write("build/scripts/module.lds",
                    "SECTIONS { __ksymtab 0 : { *(SORT(___ksymtab+*)) } }");
    legacy.pack(target, wanted, tools);
    EXPECT_EQ(Package(target).manifest().modules.size(), 1U);
}

struct Unfit {
    const char* name;
    const char* version; ///< that the interface says
    const char* needs;   ///< a symbol; empty: none
    const char* symvers; ///< of the kernel; empty: it has none here
    const char* problem; ///< empty: none
};

constexpr const char* kPrintk = "0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n";
constexpr const char* kGplPrintk = "0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL_GPL\t\n";

const Unfit kUnfit[] = {
    {"OtherDriver", "470.1", "", "", "nvidia: it is of driver 470.1, not 535.1"},
    {"OtherCore", "535.1", "rm_init_of_470", kPrintk,
     "it needs rm_init_of_470: neither the kernel nor a module before it exports it"},
    {"Core", "535.1", "core", kPrintk, ""},
    {"Kernel", "535.1", "printk", kPrintk, ""},
    {"GplOnly", "535.1", "printk", kGplPrintk, "exported to modules under the GPL"},
    {"NobodyKnows", "535.1", "rm_init_of_470", "", ""},
};

class UnfitLegacyTest : public LegacyTest, public testing::WithParamInterface<Unfit> {};

TEST_P(UnfitLegacyTest, IsNotPacked) {
    const Unfit& is = GetParam();
    version = is.version;
    more = *is.needs == '\0'
               ? ""
               : "extern char " + std::string(is.needs) + "[]; void* use = " + is.needs + ";\n";
    if (*is.symvers != '\0') {
        directory.write("build/Module.symvers", is.symvers);
    }
    std::vector<std::string> warnings;
    tools.observer.warn = [&](const std::string& text) { warnings.push_back(text); };
    const LegacyPackage legacy(write("legacy", kKernel));
    std::string problem;
    try {
        legacy.pack(target, wanted, tools);
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_THAT(error.remedy(), HasSubstr("{command:update}"));
        problem = error.what();
    }
    EXPECT_THAT(problem, HasSubstr(is.problem));
    EXPECT_EQ(problem.empty(), *is.problem == '\0') << problem;
    EXPECT_EQ(std::filesystem::exists(target), problem.empty());
    if (problem.empty()) {
        const bool looked = Package(target).manifest().inputs.contains("kernel-symvers");
        EXPECT_EQ(looked, *is.symvers != '\0');
        EXPECT_EQ(warnings.size(), looked ? 0U : 1U);
    }
}

INSTANTIATE_TEST_SUITE_P(Each, UnfitLegacyTest, testing::ValuesIn(kUnfit),
                         [](const auto& info) { return std::string(info.param.name); });

/// The format's CRC is right; what it is of is no object, or only half of one.
TEST_F(LegacyTest, DamagedObjectIsNamed) {
    const auto objects = compiled(kKernel);
    const auto& object = objects.interfaces.front().file;
    const std::string whole = host::readFile(object);
    const std::size_t sizes[] = {0, 3, 70, whole.size() / 2, whole.size() - 70};
    for (const std::size_t size : sizes) {
        directory.write(object.filename(), whole.substr(0, size));
        const auto file = directory.write("legacy", "");
        writeLegacyPackage(file, wanted, objects, kProcVersion);
        try {
            LegacyPackage(file).pack(target, wanted, tools);
            ADD_FAILURE() << "accepted " << size << " bytes";
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification) << error.what();
            EXPECT_THAT(error.what(), HasSubstr("nv-linux.o in " + file.string()));
        }
    }
}

TEST_F(LegacyTest, SameFileGivesTheSamePackage) {
    const LegacyPackage legacy(write("legacy", kKernel));
    legacy.pack(target, wanted, tools);
    const std::string first = host::readFile(target);
    legacy.pack(target, wanted, tools);
    EXPECT_EQ(host::readFile(target), first);
}

TEST_F(LegacyTest, WithoutVermagicItsKernelIsNotKnown) {
    EXPECT_THAT([&] { const LegacyPackage legacy(write("legacy", "")); },
                testing::ThrowsMessage<host::Error>(HasSubstr("no file in it has a vermagic")));
}

TEST_F(LegacyTest, OtherFilesAreNone) {
    EXPECT_FALSE(isLegacyPackage(directory.write("empty", "")));
    EXPECT_FALSE(isLegacyPackage(directory.write("text", "manifest.json and more")));
}

} // namespace
} // namespace precompile
