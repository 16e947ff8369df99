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

TEST(PackageIdentity, FitsWhatLeavesTheKernelOpen) {
    const auto is = tests::sampleIdentity();
    auto wanted = is;
    EXPECT_TRUE(is.fits(wanted));
    wanted.target.kernel = "6.1.0";
    EXPECT_FALSE(is.fits(wanted));
    wanted.target.kernel = "";
    EXPECT_TRUE(is.fits(wanted));
    wanted.tag = "t";
    EXPECT_FALSE(is.fits(wanted));
}

TEST(PackageIdentity, TagsAreThoseOfTheGpuOperator) {
    const struct {
        distribution::Target target;
        std::vector<std::string> tags;
    } cases[] = {
        {{"flatcar", "4230.2.1", "x86_64", "6.6.95-flatcar"},
         {"580.95.05-flatcar4230.2.1", "580-6.6.95-flatcar-flatcar4230.2.1",
          "580.95.05-6.6.95-flatcar-flatcar4230.2.1"}},
        {{"ubuntu", "24.04", "x86_64", ""}, {"580.95.05-ubuntu24.04"}},
        {{"rhel", "9.4", "x86_64", ""}, {"580.95.05-rhel9"}},
        {{"rocky", "10", "x86_64", "6.12.0+1"},
         {"580.95.05-rocky10", "580-6.12.0_1-rocky10", "580.95.05-6.12.0_1-rocky10"}},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(operatorTags({test.target, "580.95.05", Flavour::Open, ""}), test.tags);
    }
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
