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
