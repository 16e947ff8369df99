#include "flatcar/digests.h"

#include "host/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flatcar {
namespace {

const std::string kDigest(128, 'a');

TEST(Digests, FindsTheFileInTheSha512Section) {
    const std::string text = "# MD5 HASH\nff  f.bz2\n# SHA1 HASH\nee  f.bz2\n# SHA512 HASH\n" +
                             std::string(128, 'b') + "  other\n" + kDigest + "  f.bz2\n";
    EXPECT_EQ(sha512Of("f.bz2", text, "x"), kDigest);
}

TEST(Digests, AnotherSectionDoesNotCount) {
    EXPECT_THROW(sha512Of("f", "# SHA1 HASH\n" + kDigest + "  f\n", "x"), host::Error);
    try {
        sha512Of("f", "<html>", "f.DIGESTS");
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_STREQ(error.what(), "f.DIGESTS names no SHA-512 of f");
        EXPECT_THAT(error.remedy(), testing::HasSubstr("{mirror}"));
    }
}

TEST(Digests, TwoThatDifferAreRefused) {
    EXPECT_THROW(
        sha512Of("f", "# SHA512 HASH\n" + kDigest + "  f\n" + std::string(128, 'b') + "  f\n", "x"),
        host::Error);
}

TEST(Digests, WrongShapeIsRefused) {
    EXPECT_THROW(sha512Of("f", "# SHA512 HASH\nabc  f\n", "x"), host::Error);
    EXPECT_THROW(sha512Of("f", "# SHA512 HASH\n" + std::string(128, 'G') + "  f\n", "x"),
                 host::Error);
}

} // namespace
} // namespace flatcar
