#include "host/crypto/openpgp.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

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
        shell("gpg --batch --quiet --passphrase '' --faked-system-time 20200101T000000! "
              "--quick-generate-key 'Test "
              "<t@example.invalid>' ed25519 cert never");
        shell("gpg --with-colons --list-keys | awk -F: '$1 == \"fpr\" {print $10; exit}' >primary");
        shell("gpg --batch --quiet --passphrase '' --faked-system-time 20200101T000000! "
              "--quick-add-key $(cat "
              "primary) ed25519 sign 2021-01-01");
        shell("gpg --export >ring.gpg; gpg --armor --export >ring.asc; echo hello >file");
        shell("gpg --batch --quiet --faked-system-time 20200601T000000! --output good.sig "
              "--detach-sign file");
        shell(
            "gpg --batch --quiet --faked-system-time 20200601T000000! --digest-algo SHA1 --output "
            "sha1.sig "
            "--detach-sign file");
        shell("mkdir -m 700 second; export GNUPGHOME=$PWD/second; gpg --batch --quiet --passphrase "
              "'' "
              "--quick-generate-key other@example.invalid ed25519 sign never; "
              "gpg --with-colons --list-keys | awk -F: '$1 == \"fpr\" {print $10; exit}' >other; "
              "gpg --batch --quiet --output other.sig --detach-sign file; "
              "gpg --export | cat - ring.gpg >both.gpg; gpgconf --kill all");
    }
    /// Another key that is in "both.gpg" and made "other.sig".
    static std::string other() { return *readLineIfExists(at("other")); }
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
            static_cast<void>(PinnedKey(at(ring), key).verify(at(file), at(signature)));
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
        const auto info = PinnedKey(at(ring), primary()).verify(at("file"), at("good.sig"));
        EXPECT_EQ(info.primaryFingerprint, primary());
        EXPECT_NE(info.signingFingerprint, primary());
        EXPECT_TRUE(info.keyExpiredSince);
    }
}

TEST_F(OpenPgp, NamesThatLookLikeOptionsAreNames) {
    shell("cp ring.gpg -- --ring; cp good.sig -- -good.sig; cp file -- -file");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(work->path());
    EXPECT_NO_THROW(static_cast<void>(PinnedKey("--ring", primary()).verify("-file", "-good.sig")));
    std::filesystem::current_path(before);
}

TEST_F(OpenPgp, ChangedFile) {
    work->write("changed", "hullo\n");
    expectRefused("does not match the file", "changed", "good.sig", "ring.gpg", primary());
}

TEST_F(OpenPgp, AnotherPrimaryKeyOfTheRingDoesNotCount) {
    expectRefused("the trusted one is " + other(), "file", "good.sig", "both.gpg", other());
}

TEST_F(OpenPgp, KeyringThatCannotCountHasItsOwnSentence) {
    shell("gpg --armor --export-secret-keys >secret.asc; gpg --export-secret-keys >secret.gpg; "
          "cat ring.asc secret.asc >mixed.asc; cat ring.gpg secret.gpg >mixed.gpg; "
          "openssl genpkey -algorithm ed25519 -out private.pem; "
          "openssl pkey -in private.pem -pubout -out public.pem; mkdir directory");
    work->write("empty.gpg", "");
    work->write("blank.gpg", " \n");
    work->write("page.asc", "\n<!DOCTYPE html><html>Not found</html>");
    work->write("noise.gpg", std::string(5000, '\x99'));
    work->write("cut.asc", readFile(at("ring.asc")).substr(0, 200));
    const struct {
        const char* ring;
        const char* cause;
    } cases[] = {{"missing", "there is no keyring"},
                 {"directory", "is no file"},
                 {"empty.gpg", "is empty"},
                 {"blank.gpg", "is empty"},
                 {"page.asc", "is a web page"},
                 {"noise.gpg", "holds no OpenPGP key"},
                 {"cut.asc", "holds no OpenPGP key"},
                 {"public.pem", "holds no OpenPGP key"},
                 {"secret.asc", "holds a private key"},
                 {"secret.gpg", "holds a private key"},
                 {"mixed.asc", "holds a private key"},
                 {"mixed.gpg", "holds a private key"},
                 {"private.pem", "holds a private key"}};
    for (const auto& [ring, cause] : cases) {
        SCOPED_TRACE(ring);
        expectRefused(cause, "file", "good.sig", ring, primary());
    }
    expectRefused("lacks the pinned key 0000", "file", "good.sig", "ring.gpg",
                  std::string(40, '0'));
}

TEST_F(OpenPgp, PinIsAFingerprint) {
    for (const char* pin : {"", "F88CFEDE", "me@example.invalid", "0x"}) {
        EXPECT_THROW(PinnedKey(at("ring.gpg"), pin), Error) << pin;
    }
    std::string spaced;
    for (const char digit : primary()) {
        spaced += {static_cast<char>(std::tolower(digit)), ' '};
    }
    EXPECT_NO_THROW(PinnedKey(at("ring.gpg"), spaced));
}

TEST_F(OpenPgp, SignerIsKnownBeforeTheFileIsThere) {
    const PinnedKey key(at("both.gpg"), primary());
    EXPECT_NO_THROW(key.requireSigner(at("good.sig")));
    work->write("page.sig", "<html></html>");
    work->write("empty.sig", "");
    for (const char* wrong : {"other.sig", "page.sig", "empty.sig"}) {
        EXPECT_THROW(key.requireSigner(at(wrong)), Error) << wrong;
    }
    EXPECT_THROW(PinnedKey(at("ring.gpg"), primary()).requireSigner(at("other.sig")), Error);
}

TEST_F(OpenPgp, GarbageIsNoSignature) {
    work->write("garbage.sig", "garbage");
    expectRefused("no valid signature", "file", "garbage.sig", "ring.gpg", primary());
}

TEST_F(OpenPgp, UnsafeDigestIsRefused) {
    expectRefused("", "file", "sha1.sig", "ring.gpg", primary());
}

/// Seen from such a machine, the key and all that it signed are from the future.
TEST_F(OpenPgp, ClockThatIsBehindIsTheCause) {
    shell("mkdir -m 700 later; export GNUPGHOME=$PWD/later; gpg --batch --quiet --import ring.gpg; "
          "cp -r private-keys-v1.d later; "
          "gpg --batch --quiet --passphrase '' --faked-system-time 20900101T000000! "
          "--quick-add-key $(cat primary) ed25519 sign never; gpg --export >subkey.gpg; "
          "gpg --batch --quiet --faked-system-time 20900601T000000! --output subkey.sig "
          "--detach-sign file; gpgconf --kill all");
    expectRefused("subkey.sig was made at 2090-06-01T00:00:00Z, and this machine's clock says 20",
                  "file", "subkey.sig", "subkey.gpg", primary());
    EXPECT_THAT([&] { PinnedKey(at("subkey.gpg"), primary()).requireSigner(at("subkey.sig")); },
                testing::ThrowsMessage<Error>(HasSubstr("this machine's clock says")));
    shell("mkdir -m 700 new; export GNUPGHOME=$PWD/new; gpg --batch --quiet --passphrase '' "
          "--faked-system-time 20900101T000000! --quick-generate-key new@example.invalid ed25519 "
          "sign never; gpg --faked-system-time 20900102T000000! --with-colons --list-keys "
          "| awk -F: '$1 == \"fpr\" {print $10; exit}' >new.key; "
          "gpg --faked-system-time 20900102T000000! --export >new.gpg; gpgconf --kill all");
    const std::string key = *readLineIfExists(at("new.key"));
    expectRefused("the key " + key + " of " + at("new.gpg").string() +
                      " was made at 2090-01-01T00:00:00Z, and this machine's clock says",
                  "file", "good.sig", "new.gpg", key);
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
