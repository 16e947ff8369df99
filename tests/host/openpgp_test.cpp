#include "host/openpgp.h"

#include "host/error.h"
#include "host/process.h"
#include "tests/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace host {
namespace {

using testing::HasSubstr;

/// Real keys, made once with gpg: a primary that only certifies and a signing subkey that is valid
/// from 2020-01-01 to 2021-01-01.
class OpenPgp : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        work = new tests::Directory;
        shell("gpg --batch --quiet --passphrase '' --faked-system-time 20200101T000000 "
              "--quick-generate-key 'Test "
              "<t@example.invalid>' ed25519 cert never");
        shell("gpg --with-colons --list-keys | awk -F: '$1 == \"fpr\" {print $10; exit}' >primary");
        shell("gpg --batch --quiet --passphrase '' --faked-system-time 20200101T000000 "
              "--quick-add-key $(cat "
              "primary) ed25519 sign 2021-01-01");
        shell("gpg --export >ring.gpg; gpg --armor --export >ring.asc; echo hello >file");
        shell("gpg --batch --quiet --faked-system-time 20200601T000000 --output good.sig "
              "--detach-sign file");
        shell("gpg --batch --quiet --faked-system-time 20200601T000000 --digest-algo SHA1 --output "
              "sha1.sig "
              "--detach-sign file");
    }
    static void TearDownTestSuite() {
        shell("gpgconf --kill all");
        delete work;
    }
    static void shell(const std::string& script) {
        runChecked({.argv = {"sh", "-ec", script},
                    .environment = {{"PATH=/usr/bin:/bin", "GNUPGHOME=" + work->path().string()}},
                    .workingDirectory = work->path()});
    }
    static std::filesystem::path at(const char* name) { return work->path() / name; }
    static std::string primary() { return *readLineIfExists(at("primary")); }
    static void expectRefused(const std::string& cause, const char* file, const char* signature,
                              const char* ring, const std::string& key) {
        try {
            verifyDetachedSignature(at(file), at(signature), at(ring), key);
            ADD_FAILURE() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::Verification);
            EXPECT_THAT(error.what(), HasSubstr(cause));
            EXPECT_FALSE(error.remedy().empty());
        }
    }

    static tests::Directory* work;
};

tests::Directory* OpenPgp::work = nullptr;

TEST_F(OpenPgp, SignatureMadeWhileTheSubkeyWasValidIsGoodToday) {
    for (const char* ring : {"ring.gpg", "ring.asc"}) {
        const auto info = verifyDetachedSignature(at("file"), at("good.sig"), at(ring), primary());
        EXPECT_EQ(info.primaryFingerprint, primary());
        EXPECT_NE(info.signingFingerprint, primary());
        EXPECT_TRUE(info.keyExpiredSince);
    }
}

TEST_F(OpenPgp, ChangedFile) {
    work->write("changed", "hullo\n");
    expectRefused("does not match the file", "changed", "good.sig", "ring.gpg", primary());
}

TEST_F(OpenPgp, AnotherPrimaryKeyOfTheRingDoesNotCount) {
    expectRefused("the trusted one is 0000", "file", "good.sig", "ring.gpg", std::string(40, '0'));
}

TEST_F(OpenPgp, MissingAndDamagedKeyring) {
    expectRefused("no keyring", "file", "good.sig", "missing", primary());
    work->write("empty.gpg", "");
    expectRefused("not in the keyring", "file", "good.sig", "empty.gpg", primary());
}

TEST_F(OpenPgp, GarbageIsNoSignature) {
    work->write("garbage.sig", "garbage");
    expectRefused("no valid signature", "file", "garbage.sig", "ring.gpg", primary());
}

TEST_F(OpenPgp, UnsafeDigestIsRefused) {
    EXPECT_THROW(verifyDetachedSignature(at("file"), at("sha1.sig"), at("ring.gpg"), primary()),
                 Error);
}

TEST_F(OpenPgp, RevokedKey) {
    shell("mkdir -m 700 revoked; GNUPGHOME=$PWD/revoked gpg --batch --quiet --import ring.gpg; "
          "sed 's/^:-----BEGIN/-----BEGIN/' openpgp-revocs.d/$(cat primary).rev >revocation; "
          "GNUPGHOME=$PWD/revoked gpg --batch --quiet --import revocation; GNUPGHOME=$PWD/revoked "
          "gpg "
          "--export >revoked.gpg; "
          "GNUPGHOME=$PWD/revoked gpgconf --kill all");
    expectRefused("revoked", "file", "good.sig", "revoked.gpg", primary());
}

} // namespace
} // namespace host
