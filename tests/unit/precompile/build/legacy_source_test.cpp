#include "precompile/build/legacy_source.h"

#include "host/base/error.h"
#include "tests/unit/precompile/build/legacy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;

constexpr const char* kKernel = "6.1.0-18-amd64";
constexpr const char* kPlace =
    "src/nvidia-535.1/kernel/precompiled/6.1.0-18-amd64/nvidia-modules-6.1.0";

class LegacySourceTest : public LegacyTest {
  protected:
    std::unique_ptr<PackageSource> source(bool signatureNeeded = false) {
        return openLegacySource(wanted, tools, signatureNeeded);
    }
};

TEST_F(LegacySourceTest, IsTheRetiredContainersPlace) {
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

TEST_F(LegacySourceTest, WithAnotherKernelsPackageIsAnError) {
    write(kPlace, "6.1.0-19-amd64");
    EXPECT_THAT([&] { source()->fetch(wanted, target); },
                testing::ThrowsMessage<host::Error>(HasSubstr("is for driver 535.1")));
}

TEST_F(LegacySourceTest, NobodyVouchesForIt) {
    write(kPlace, kKernel);
    const auto found = source(true);
    EXPECT_THROW(found->has(wanted), host::Error);
    EXPECT_THAT([&] { found->fetch(wanted, target); },
                testing::ThrowsMessage<host::Error>(HasSubstr("carries no signature")));
    EXPECT_FALSE(std::filesystem::exists(target));
}

} // namespace
} // namespace precompile
