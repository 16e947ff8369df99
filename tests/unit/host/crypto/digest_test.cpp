#include "host/crypto/digest.h"

#include "host/base/error.h"
#include "tests/unit/temporary.h"

#include <gtest/gtest.h>

namespace host {
namespace {

/// Of "abc", as FIPS 180-4's examples have them.
constexpr const char* kSha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
constexpr const char* kSha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, KnownAnswers) {
    EXPECT_EQ(digestOf("abc", DigestKind::Sha1), kSha1);
    EXPECT_EQ(digestOf("abc"), kSha256);
    EXPECT_TRUE(
        digestOf("abc", DigestKind::Sha512).starts_with("ddaf35a193617abacc417349ae204131"));
}

TEST(Digest, IsTheSameInPiecesAndOfAFile) {
    Digest digest;
    digest.update("a");
    digest.update(std::string_view("bc"));
    EXPECT_EQ(digest.hex(), kSha256);
    const tests::Directory directory;
    EXPECT_EQ(digestOfFile(directory.write("file", "abc")), kSha256);
    EXPECT_THROW(digestOfFile("/does/not/exist"), SystemError);
}

TEST(IsDigest, HasTheLengthOfItsKindAndSmallLetters) {
    EXPECT_TRUE(isDigest(kSha256));
    EXPECT_TRUE(isDigest(kSha1, DigestKind::Sha1));
    EXPECT_FALSE(isDigest(kSha1));
    EXPECT_FALSE(isDigest(""));
    EXPECT_FALSE(isDigest(std::string(64, 'A')));
    EXPECT_FALSE(isDigest(std::string(64, 'g')));
}

} // namespace
} // namespace host
