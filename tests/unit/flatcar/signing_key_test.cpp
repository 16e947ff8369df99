/// Real keys, a real server.
#include "flatcar/signing_key.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/http_server.h"
#include "tests/unit/temporary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flatcar {
namespace {

using testing::HasSubstr;

class SigningKeyTest : public testing::Test {
  protected:
    /// "ring.asc" holds the key as it was, "renewed.asc" with one more subkey, which made the
    /// signature "new.sig"; "other.asc" is another key.
    static void SetUpTestSuite() {
        work = new tests::Directory;
        shell("at() { time=$1; shift; gpg --faked-system-time ${time}T000000! \"$@\"; }; "
              "at 20200101 --quick-generate-key a@example.invalid ed25519 cert never; "
              "gpg --with-colons --list-keys | awk -F: '$1 == \"fpr\" {print $10; exit}' >primary; "
              "at 20200101 --quick-add-key $(cat primary) ed25519 sign never; "
              "gpg --armor --export >ring.asc; echo hello >file; "
              "at 20200201 --output old.sig --detach-sign file; "
              "at 20210101 --quick-add-key $(cat primary) ed25519 sign never; "
              "gpg --armor --export >renewed.asc; "
              "at 20210201 --output new.sig --detach-sign file; gpgconf --kill all; "
              "mkdir -m 700 other; GNUPGHOME=$PWD/other; gpg --quick-generate-key "
              "b@example.invalid; gpg --armor --export >other.asc; gpgconf --kill all");
    }
    static void TearDownTestSuite() { delete work; }
    static void shell(const std::string& script) {
        host::runChecked(
            {.argv = {"sh", "-ec",
                      "gpg() { command gpg --batch --quiet --passphrase '' \"$@\"; }; " + script},
             .environment = {{"PATH=/usr/bin:/bin", "GNUPGHOME=" + work->path().string()}},
             .workingDirectory = work->path()});
    }
    static std::string content(const char* name) { return host::readFile(work->path() / name); }

    [[nodiscard]] ImageRequest request() const {
        return {.release = {"4593.2.5", "stable", "amd64-usr"},
                .mirrors = {},
                .keyring = directory.path() / "missing.asc",
                .keyUrl = server.url("/key.asc"),
                .signingKey = *host::readLineIfExists(work->path() / "primary"),
                .cache = directory.path() / "cache"};
    }

    static tests::Directory* work;
    tests::Directory directory;
    std::string served = content("ring.asc");
    unsigned status = 200;
    tests::HttpServer server{[this](const tests::HttpRequestSeen&) {
        return tests::HttpReply{.status = status, .body = served};
    }};
};

tests::Directory* SigningKeyTest::work = nullptr;

TEST_F(SigningKeyTest, IsFetchedOnceAndKept) {
    const auto wanted = request();
    for (int run = 0; run < 2; ++run) {
        SigningKey key(wanted);
        key.requireSigner(work->path() / "old.sig");
        EXPECT_NO_THROW(
            static_cast<void>(key.verify(work->path() / "file", work->path() / "old.sig")));
    }
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(SigningKeyTest, KeyringThatIsThereIsTakenAndNothingFetched) {
    auto wanted = request();
    wanted.keyring = work->path() / "ring.asc";
    SigningKey{wanted}.requireSigner(work->path() / "old.sig");
    wanted.keyring = work->path() / "other.asc";
    EXPECT_THROW(SigningKey{wanted}, host::Error) << "a wrong one is not papered over";
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(SigningKeyTest, WhatIsFetchedCountsWithThePinnedFingerprintOnly) {
    const auto wanted = request();
    for (const std::string& wrong :
         {content("other.asc"), std::string("<html>log in</html>"), std::string()}) {
        served = wrong;
        try {
            SigningKey key(wanted);
            ADD_FAILURE() << wrong.substr(0, 40);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            EXPECT_THAT(error.what(), HasSubstr(server.url("/key.asc")));
        }
        EXPECT_THAT(std::filesystem::exists(wanted.cache / "signing-key.asc"), false);
    }
}

TEST_F(SigningKeyTest, DamagedCopyIsFetchedAgain) {
    const auto wanted = request();
    directory.write("cache/signing-key.asc", "<html>");
    SigningKey{wanted}.requireSigner(work->path() / "old.sig");
    EXPECT_EQ(host::readFile(wanted.cache / "signing-key.asc"), content("ring.asc"));
}

TEST_F(SigningKeyTest, RenewedKeyIsFetchedWhenASignatureNeedsIt) {
    const auto wanted = request();
    SigningKey{wanted}.requireSigner(work->path() / "old.sig");
    EXPECT_THROW(SigningKey{wanted}.requireSigner(work->path() / "new.sig"), host::Error);
    served = content("renewed.asc");
    SigningKey{wanted}.requireSigner(work->path() / "new.sig");
    EXPECT_EQ(host::readFile(wanted.cache / "signing-key.asc"), served);
}

TEST_F(SigningKeyTest, CacheThatCannotBeMadeHasARemedy) {
    auto wanted = request();
    wanted.cache = directory.write("file", "") / "cache";
    try {
        SigningKey key(wanted);
        ADD_FAILURE();
    } catch (const host::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(wanted.cache.string()));
        EXPECT_THAT(error.remedy(), HasSubstr("{work-dir}"));
    }
}

TEST_F(SigningKeyTest, NoKeyAnywhereSaysSo) {
    status = 404;
    EXPECT_THAT([&] { SigningKey{request()}; },
                testing::ThrowsMessage<host::Error>(
                    testing::AllOf(HasSubstr("there is no keyring"), HasSubstr("no key at"))));
    auto wanted = request();
    wanted.keyUrl = {};
    EXPECT_THAT([&] { SigningKey{wanted}; },
                testing::ThrowsMessage<host::Error>(HasSubstr("there is no keyring")));
}

} // namespace
} // namespace flatcar
