#include "host/signature.h"

#include "host/error.h"
#include "host/process.h"
#include "tests/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::HasSubstr;

/// A key pair that openssl made: key.pem and public.pem.
class KeyPair {
  public:
    explicit KeyPair(const std::vector<std::string>& options) {
        std::vector<std::string> argv = {"openssl", "genpkey", "-out", privateFile()};
        argv.insert(argv.end(), options.begin(), options.end());
        runChecked({.argv = argv});
        runChecked(
            {.argv = {"openssl", "pkey", "-in", privateFile(), "-pubout", "-out", publicFile()}});
    }
    [[nodiscard]] std::string privateFile() const {
        return (directory.path() / "key.pem").string();
    }
    [[nodiscard]] std::string publicFile() const {
        return (directory.path() / "public.pem").string();
    }
    tests::Directory directory;
};

class Signature : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Signature, IsAcceptedByItsKeyOnly) {
    const KeyPair pair(GetParam());
    const KeyPair other(GetParam());
    const PrivateKey key(pair.privateFile());
    const std::string signature = key.sign("manifest");
    const PublicKey trusted(pair.publicFile());
    EXPECT_EQ(key.id(), trusted.id());
    EXPECT_TRUE(trusted.verify("manifest", signature));
    EXPECT_FALSE(trusted.verify("manifesu", signature));
    EXPECT_FALSE(trusted.verify("manifest", signature.substr(1)));
    EXPECT_FALSE(trusted.verify("manifest", ""));
    EXPECT_FALSE(PublicKey(other.publicFile()).verify("manifest", signature));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Signature,
                         testing::Values(std::vector<std::string>{"-algorithm", "ED25519"},
                                         std::vector<std::string>{"-algorithm", "RSA", "-pkeyopt",
                                                                  "rsa_keygen_bits:2048"},
                                         std::vector<std::string>{"-algorithm", "EC", "-pkeyopt",
                                                                  "ec_paramgen_curve:P-256"}));

TEST(SignatureKeys, WhatIsNoKeyIsAnErrorThatNamesTheFile) {
    const tests::Directory directory;
    const auto file = directory.write("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n");
    EXPECT_THAT([&] { PrivateKey key(file.string()); },
                testing::ThrowsMessage<Error>(HasSubstr(file.string())));
    EXPECT_THAT([&] { PublicKey key(file); },
                testing::ThrowsMessage<Error>(HasSubstr(file.string())));
    EXPECT_THROW(PrivateKey("/does/not/exist"), Error);
}

TEST(SignatureKeys, PassphraseIsNotAskedFor) {
    const tests::Directory directory;
    const std::string file = (directory.path() / "key.pem").string();
    runChecked({.argv = {"openssl", "genpkey", "-algorithm", "ED25519", "-aes-256-cbc", "-pass",
                         "pass:x", "-out", file}});
    EXPECT_THROW(PrivateKey{file}, Error);
}

TEST(Base64, RoundTrip) {
    for (const std::string& text : {std::string(), std::string("a"), std::string("ab"),
                                    std::string("abc"), std::string("\0\xff\0", 3)}) {
        EXPECT_EQ(fromBase64(toBase64(text)), text);
    }
    EXPECT_EQ(toBase64("ab"), "YWI=");
    EXPECT_THROW(fromBase64("YWI"), Error);
    EXPECT_THROW(fromBase64("Y(I="), Error);
}

} // namespace
} // namespace host
