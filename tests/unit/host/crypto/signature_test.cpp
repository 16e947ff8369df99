#include "host/crypto/signature.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/module_signature.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <cstdlib>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>

namespace host {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
    const PublicKey trusted = std::move(readPublicKeys(pair.publicFile()).at(0));
    EXPECT_EQ(key.id(), trusted.id());
    EXPECT_TRUE(trusted.verify("manifest", signature));
    EXPECT_FALSE(trusted.verify("manifesu", signature));
    EXPECT_FALSE(trusted.verify("manifest", signature.substr(1)));
    EXPECT_FALSE(trusted.verify("manifest", ""));
    EXPECT_FALSE(readPublicKeys(other.publicFile()).at(0).verify("manifest", signature));
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
    EXPECT_THAT([&] { readPublicKeys(file); },
                testing::ThrowsMessage<Error>(HasSubstr(file.string())));
    EXPECT_THROW(PrivateKey("/does/not/exist"), Error);
}

/// libcurl leaves errors behind when a server's certificate is bad.
TEST(SignatureKeys, NobodyIsBlamedForWhatOthersLeft) {
    const KeyPair pair({"-algorithm", "ED25519"});
    const auto refusal = [](const auto& read) -> std::string {
        ERR_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED);
        try {
            read();
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::Usage);
            return error.what();
        }
        return "";
    };
    const auto empty = pair.directory.write("empty.pem", "");
    EXPECT_THAT(refusal([&] { PrivateKey key(empty.string()); }),
                AllOf(HasSubstr("no private key that can be read: "), Not(HasSubstr("SSL"))));
    EXPECT_THAT(refusal([&] { ModuleSigner(pair.privateFile(), empty, "sha256"); }),
                AllOf(HasSubstr("holds no X.509 certificate: "), Not(HasSubstr("SSL"))));
    EXPECT_EQ(refusal([&] { readPublicKeys(pair.privateFile()); }),
              "a PRIVATE KEY in " + pair.privateFile() + " is no public key and no certificate")
        << "OpenSSL itself has nothing to say";
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(SignatureKeys, EveryKeyAndCertificateOfAFileCounts) {
    const KeyPair first({"-algorithm", "ED25519"});
    const KeyPair second({"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"});
    const auto certificate = second.directory.path() / "certificate.pem";
    runChecked({.argv = {"openssl", "req", "-x509", "-key", second.privateFile(), "-subj",
                         "/CN=test", "-out", certificate.string()}});
    const std::string one = readFile(first.publicFile());
    const tests::Directory directory;
    for (const auto& other : {std::filesystem::path(second.publicFile()), certificate}) {
        const auto keys = readPublicKeys(
            directory.write("trust", "# ours\n" + one + "# theirs\n" + readFile(other)));
        ASSERT_EQ(keys.size(), 2U);
        EXPECT_EQ(keys[0].id(), PrivateKey(first.privateFile()).id());
        EXPECT_EQ(keys[1].id(), PrivateKey(second.privateFile()).id());
    }
    // What is behind the first key is not just left out.
    std::string damaged = one;
    damaged[damaged.size() / 2] = '*';
    for (const std::string& more :
         {readFile(second.privateFile()), damaged, one.substr(0, one.size() / 2),
          std::string("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")}) {
        EXPECT_THROW(readPublicKeys(directory.write("trust", one + more)), Error) << more;
    }
    EXPECT_THROW(readPublicKeys(directory.write("trust", "")), Error);
    EXPECT_THROW(readPublicKeys(directory.write("trust", "<html>")), Error);
    EXPECT_THROW(
        PrivateKey(
            directory.write("two", readFile(first.privateFile()) + readFile(second.privateFile()))
                .string()),
        Error);
}

TEST(SignatureKeys, WeakKeysAndOtherKindsAreRefused) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"}, "RSA with 1024 bits"},
        {{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2047"}, "RSA with 2047 bits"},
        {{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-192"}, "the curve prime192v1"},
        {{"-algorithm", "X25519"}, "of the kind X25519"}};
    for (const auto& [options, cause] : cases) {
        const KeyPair pair(options);
        EXPECT_THAT([&] { PrivateKey key(pair.privateFile()); },
                    testing::ThrowsMessage<Error>(HasSubstr(cause)));
        EXPECT_THAT([&] { readPublicKeys(pair.publicFile()); },
                    testing::ThrowsMessage<Error>(HasSubstr(cause)));
    }
}

TEST(SignatureKeys, FileThatEverybodyCanReadIsNamed) {
    const tests::Directory directory;
    const auto file = directory.write("key", "x");
    const auto with = [&](unsigned mode, const std::string& source) {
        std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
        return exposureOf(source);
    };
    EXPECT_EQ(with(0600, file), "");
    EXPECT_EQ(with(0640, file), "");
    EXPECT_THAT(with(0644, file),
                AllOf(HasSubstr(file.string() + " can be read by everybody"), HasSubstr("0644")));
    EXPECT_THAT(with(0602, file), HasSubstr("can be replaced by everybody"));
    const std::string uri = "PKCS11:token=build?pin-value=1234&PIN-source=";
    for (const std::string& pin :
         {file.string(), "file:" + file.string(), "file://" + file.string()}) {
        EXPECT_THAT(with(0644, uri + pin),
                    AllOf(HasSubstr("the PIN file " + file.string()), Not(HasSubstr("1234"))));
        EXPECT_EQ(with(0600, uri + pin), "");
    }
    EXPECT_EQ(exposureOf("pkcs11:token=build?pin-value=1234"), "");
    EXPECT_EQ(exposureOf("/does/not/exist"), "");
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
    for (const char* other :
         {"YWI", "Y(I=", "A===", "====", "YWI=YWI=", " YWI=YWJ", "YWI=\n\n\n\n", "YWJ=", "-WI="}) {
        EXPECT_THROW(fromBase64(other), Error) << other;
    }
}

/// A SoftHSM token "build" with the pair's key as object "key".
class Token {
  public:
    explicit Token(const KeyPair& pair) {
        std::filesystem::create_directory(directory_.path() / "tokens");
        const auto configuration =
            directory_.write("softhsm2.conf", fmt::format("directories.tokendir = {}/tokens\n"
                                                          "objectstore.backend = file\n",
                                                          directory_.path().string()));
        ::setenv("SOFTHSM2_CONF", configuration.c_str(), 1);
        runChecked({.argv = {"softhsm2-util", "--init-token", "--free", "--label", "build", "--pin",
                             "1234", "--so-pin", "5678"}});
        runChecked({.argv = {"softhsm2-util", "--import", pair.privateFile(), "--token", "build",
                             "--label", "key", "--id", "01", "--pin", "1234"}});
    }

  private:
    tests::Directory directory_;
};

/// RSA's signatures are the same whoever makes them.
TEST(KeyInToken, SignsDataAndModulesLikeItsPemFile) {
    const KeyPair pair({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
    const Token token(pair);
    const auto certificate = pair.directory.path() / "certificate.pem";
    runChecked({.argv = {"openssl", "req", "-x509", "-key", pair.privateFile(), "-subj", "/CN=test",
                         "-out", certificate.string()}});
    const PrivateKey inFile(pair.privateFile());
    const std::string uri = "pkcs11:token=build;object=key;type=private?pin-value=1234";
    const PrivateKey inToken(uri);
    EXPECT_EQ(inToken.id(), inFile.id());
    EXPECT_EQ(inToken.sign("manifest"), inFile.sign("manifest"));
    EXPECT_EQ(PrivateKey("PKCS11:" + uri.substr(uri.find(':') + 1)).id(), inFile.id());

    const auto one = pair.directory.path() / "one.ko";
    const auto other = pair.directory.path() / "other.ko";
    writeFileAtomic(one, "module");
    ModuleSigner(pair.privateFile(), certificate, "sha256").sign(one);
    writeFileAtomic(other, "module");
    ModuleSigner(uri, certificate, "sha256").sign(other);
    EXPECT_GT(readFile(one).size(), std::string("module").size());
    EXPECT_EQ(readFile(other), readFile(one));

    EXPECT_THAT(
        [] { PrivateKey key("pkcs11:token=none;object=key?pin-value=9999"); },
        testing::ThrowsMessage<Error>(AllOf(
            HasSubstr("cannot load the private key pkcs11:token=none"), Not(HasSubstr("9999")))));
}

} // namespace
} // namespace host
