#include "precompile/package/signature.h"

#include "host/archive/archive.h"
#include "host/base/error.h"
#include "host/crypto/digest.h"
#include "host/process/process.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace precompile {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PackageSignature : public testing::Test {
  protected:
    struct Pair {
        host::PrivateKey key;
        std::vector<host::PublicKey> trusted;
    };
    Pair makePair(const std::string& name) const {
        const std::string file = (sample.directory.path() / name).string();
        host::runChecked({.argv = {"openssl", "genpkey", "-algorithm", "ED25519", "-out", file}});
        host::runChecked(
            {.argv = {"openssl", "pkey", "-in", file, "-pubout", "-out", file + ".pub"}});
        return {host::PrivateKey(file), host::readPublicKeys(file + ".pub")};
    }
    [[nodiscard]] std::string refusal(const std::vector<host::PublicKey>& trusted) const {
        try {
            requireTrusted(Package(sample.file), trusted);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            return error.what();
        }
        return "";
    }
    tests::SamplePackage sample;
};

TEST_F(PackageSignature, UnsignedPackageIsRefusedWhereKeysAreTrusted) {
    EXPECT_THAT(refusal(makePair("a").trusted), HasSubstr("is not signed"));
    EXPECT_THAT(signersOf(Package(sample.file)), IsEmpty());
}

TEST_F(PackageSignature, OneTrustedKeyIsEnoughAnotherIsNot) {
    Pair first = makePair("a");
    const Pair second = makePair("b");
    signPackage(sample.file, first.key);
    EXPECT_EQ(refusal(first.trusted), "");
    EXPECT_THAT(refusal(second.trusted), HasSubstr(first.key.id()));
    signPackage(sample.file, second.key);
    EXPECT_EQ(refusal(first.trusted), "");
    EXPECT_EQ(refusal(second.trusted), "");
    EXPECT_THAT(signersOf(Package(sample.file)), SizeIs(2));
}

TEST_F(PackageSignature, SigningAgainGivesTheSameBytesAndModulesStay) {
    const Pair pair = makePair("a");
    signPackage(sample.file, pair.key);
    const std::string once = host::digestOfFile(sample.file);
    signPackage(sample.file, pair.key);
    EXPECT_EQ(host::digestOfFile(sample.file), once);
    const Package package(sample.file);
    for (const auto& module : package.manifest().modules) {
        EXPECT_TRUE(package.restore(module, sample.source.directory));
    }
}

TEST_F(PackageSignature, ModeAndLinkStay) {
    namespace fs = std::filesystem;
    const Pair pair = makePair("a");
    fs::permissions(sample.file, fs::perms(0600));
    const auto link = sample.directory.path() / "link.tar";
    fs::create_symlink("package.tar", link);
    signPackage(link, pair.key);
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(fs::status(sample.file).permissions(), fs::perms(0600));
    EXPECT_EQ(refusal(pair.trusted), "");
    fs::remove(sample.file);
    EXPECT_THROW(signPackage(link, pair.key), host::Error);
}

/// Any change of the manifest, however small, makes the signature worthless.
TEST_F(PackageSignature, ChangedManifestIsRefused) {
    const Pair pair = makePair("a");
    signPackage(sample.file, pair.key);
    std::string bytes = host::readFile(sample.file);
    const auto at = bytes.find("\"built_by\": \"test\"");
    ASSERT_NE(at, std::string::npos);
    bytes[at + 14] = 'T';
    sample.directory.write("package.tar", bytes);
    EXPECT_THAT(refusal(pair.trusted), HasSubstr("signed by no trusted key"));
}

TEST_F(PackageSignature, DamagedSignaturesAreRefusedByName) {
    const Pair pair = makePair("a");
    for (const std::string text :
         {"", "{", "[]", R"({"format": 2, "signatures": []})",
          R"({"format": 1, "signatures": [{}]})",
          R"({"format": 1, "signatures": [{"key": "x", "signature": "YQ=="}]})",
          R"({"format": 1, "signatures": [{"key": "x", "signature": "?"}]})"}) {
        const Package unsignedPackage(sample.file);
        const auto file = sample.directory.path() / "other.tar";
        host::TarWriter writer(file, 0);
        writer.add(kManifestName, std::as_bytes(std::span(unsignedPackage.manifestText())));
        writer.add(kSignatureName, std::as_bytes(std::span(text)));
        writer.close();
        EXPECT_THROW(requireTrusted(Package(file), pair.trusted), host::Error) << text;
    }
}

} // namespace
} // namespace precompile
