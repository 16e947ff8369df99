#include "precompile/package/package_identity.h"

#include "host/base/error.h"
#include "tests/unit/precompile/sample.h"

#include <gtest/gtest.h>

namespace precompile {
namespace {

TEST(PackageIdentity, IsATargetsAndADriversParts) {
    const auto identity = identityFor(
        {.osId = "debian", .osRelease = "12", .architecture = "x86_64", .kernel = "6.1.0-18-amd64"},
        {.version = "535.261.03", .flavour = Flavour::Open});
    EXPECT_EQ(identity.describe(),
              "driver 535.261.03 (open) for kernel 6.1.0-18-amd64 of debian 12 (x86_64)");
}

TEST(PackageIdentity, Names) {
    auto identity = tests::sampleIdentity();
    EXPECT_EQ(identity.fileName(), "nvidia-modules-535.261.03-proprietary-6.12.102-flatcar.tar");
    identity.tag = "prod";
    EXPECT_EQ(identity.fileName(),
              "nvidia-modules-535.261.03-proprietary-6.12.102-flatcar-prod.tar");
    EXPECT_EQ(identity.directoryName(), "flatcar-4593.2.5-x86_64");
}

TEST(PackageIdentity, PartsThatAreNoFileNamesAreRefused) {
    for (const char* tag : {"a/b", "..", "a b", "\n"}) {
        auto identity = tests::sampleIdentity();
        identity.tag = tag;
        EXPECT_THROW(validate(identity), host::Error) << tag;
    }
}

} // namespace
} // namespace precompile
