/// Real objects and a real linker; packages of NVIDIA's own format are in tests/system.
#include "precompile/build/legacy_package.h"

#include "host/base/error.h"
#include "precompile/build/legacy_source.h"
#include "tests/unit/precompile/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::modinfo;

constexpr const char* kKernel = "6.1.0-18-amd64";
constexpr const char* kPlace =
    "src/nvidia-535.1/kernel/precompiled/6.1.0-18-amd64/nvidia-modules-6.1.0";

/// A driver of one module, and the package of its interface.
class LegacyTest : public testing::Test {
  protected:
    LegacyTest() {
        const std::filesystem::path kernel = "src/nvidia-535.1/kernel";
        for (const char* file : {"Makefile", "conftest.sh", "Kbuild"}) {
            directory.write(kernel / file, "");
        }
        for (const char* core :
             {"nvidia/nv-kernel.o_binary", "nvidia-modeset/nv-modeset-kernel.o_binary"}) {
            tests::compileObject(directory, kernel / core, "int core;");
        }
        directory.write("build/.config", "");
    }
    /// An interface's object; `vermagic` empty: it has none.
    CompiledModules compiled(const std::string& vermagic) {
        CompiledModules modules;
        const std::string source =
            modinfo("name", "nvidia") + modinfo("license", "NVIDIA") +
            (vermagic.empty() ? "" : modinfo("vermagic", vermagic + " SMP ")) +
            tests::section(".gnu.linkonce.this_module");
        modules.interfaces.push_back(
            {.file = tests::compileObject(directory, "nv-linux.o", source),
             .core = {.module = "nvidia", .object = "nvidia/nv-kernel.o_binary"}});
        return modules;
    }
    std::filesystem::path write(const std::filesystem::path& name, const std::string& vermagic) {
        const auto file = directory.write(name, "");
        writeLegacyPackage(file, wanted, compiled(vermagic));
        return file;
    }
    std::unique_ptr<PackageSource> source(bool signatureNeeded = false) {
        return openLegacySource(wanted, tools, signatureNeeded, {});
    }

    tests::Directory directory;
    PackageIdentity wanted{.target = {.osId = "debian",
                                      .osRelease = "12",
                                      .architecture = "x86_64",
                                      .kernel = kKernel},
                           .driver = "535.1",
                           .flavour = Flavour::Proprietary,
                           .tag = ""};
    LegacyTools tools{.sourceDirectory = directory.path() / "src",
                      .kernelBuild = directory.path() / "build",
                      .builtBy = "test"};
    std::filesystem::path target = directory.path() / "package.tar";
};

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
    EXPECT_NO_THROW(package.restore(module, tools.sourceDirectory / "nvidia-535.1/kernel"));
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

TEST_F(LegacyTest, SourceIsTheRetiredContainersPlace) {
    EXPECT_EQ(source(), nullptr);
    directory.write(kPlace, "no such package");
    EXPECT_EQ(source(), nullptr);
    const auto file = write(kPlace, kKernel);
    const auto found = source();
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name(), file.string());
    EXPECT_EQ(found->kind(), PackageSource::Kind::Imported);
    EXPECT_TRUE(found->has(wanted));
    EXPECT_TRUE(found->fetch(wanted, target));
    EXPECT_EQ(Package(target).manifest().identity, wanted);
}

TEST_F(LegacyTest, SourceWithAnotherKernelsPackageIsAnError) {
    write(kPlace, "6.1.0-19-amd64");
    EXPECT_THAT([&] { source()->fetch(wanted, target); },
                testing::ThrowsMessage<host::Error>(HasSubstr("is for driver 535.1")));
}

TEST_F(LegacyTest, NobodyVouchesForIt) {
    write(kPlace, kKernel);
    const auto found = source(true);
    EXPECT_THROW(found->has(wanted), host::Error);
    EXPECT_THAT([&] { found->fetch(wanted, target); },
                testing::ThrowsMessage<host::Error>(HasSubstr("carries no signature")));
    EXPECT_FALSE(std::filesystem::exists(target));
}

} // namespace
} // namespace precompile
