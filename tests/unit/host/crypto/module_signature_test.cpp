#include "host/crypto/module_signature.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "tests/unit/temporary.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// That the bytes are those of the kernel's own sign-file: tests/system/test_secure_boot.py.
namespace host {
namespace {

using testing::HasSubstr;

constexpr std::string_view kMarker = "~Module signature appended~\n";

class ModuleSignatureTest : public testing::Test {
  protected:
    /// NAME.key and NAME.crt, self-signed.
    void makeKey(const std::string& name, const std::string& algorithm = "rsa:2048",
                 const std::string& curve = "P-256") const {
        std::vector<std::string> argv = {"openssl", "req",
                                         "-x509",   "-nodes",
                                         "-subj",   "/O=Org/CN=" + name,
                                         "-newkey", algorithm,
                                         "-keyout", file(name + ".key"),
                                         "-out",    file(name + ".crt")};
        if (algorithm == "ec") {
            argv.insert(argv.end(), {"-pkeyopt", "ec_paramgen_curve:" + curve});
        }
        runChecked({.argv = argv});
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return (directory.path() / name).string();
    }
    [[nodiscard]] ModuleSigner signer(const std::string& name,
                                      const std::string& hash = "sha256") const {
        return {file(name + ".key"), file(name + ".crt"), hash};
    }
    [[nodiscard]] std::optional<ModuleSignature> read(const std::string& name) const {
        return moduleSignature(openFile(file(name), O_RDONLY), name);
    }
    /// The signature without trailer and marker in "cms", the module before it in "content".
    void split(const std::string& name, std::size_t moduleSize) const {
        const std::string bytes = readFile(file(name));
        directory.write("content", bytes.substr(0, moduleSize));
        directory.write("cms",
                        bytes.substr(moduleSize, bytes.size() - moduleSize - 12 - kMarker.size()));
    }

    tests::Directory directory;
};

TEST_F(ModuleSignatureTest, OpensslVerifiesItAndItTellsTheSigner) {
    for (const auto& [algorithm, hash] :
         {std::pair{"rsa:2048", "sha256"}, {"rsa:2048", "sha512"}, {"ec", "sha384"}}) {
        makeKey("team", algorithm);
        directory.write("m.ko", "module");
        EXPECT_EQ(read("m.ko"), std::nullopt);
        const ModuleSigner team = signer("team", hash);
        team.sign(file("m.ko"));
        split("m.ko", 6);
        EXPECT_EQ(readFile(file("content")), "module");
        runChecked({.argv = {"openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in",
                             file("cms"), "-content", file("content"), "-certfile",
                             file("team.crt"), "-noverify", "-out", "/dev/null"}});
        const auto signature = read("m.ko");
        ASSERT_TRUE(signature);
        EXPECT_EQ(signature->issuer, "team");
        EXPECT_EQ(*signature, team.signature());
    }
}

TEST_F(ModuleSignatureTest, CertificateMayBeDer) {
    makeKey("team");
    runChecked({.argv = {"openssl", "x509", "-in", file("team.crt"), "-outform", "DER", "-out",
                         file("team.der")}});
    const ModuleSigner der(file("team.key"), file("team.der"), "sha256");
    EXPECT_EQ(der.signature(), signer("team").signature());
}

TEST_F(ModuleSignatureTest, WhatCannotSignIsAUsageErrorAtOnce) {
    makeKey("team");
    makeKey("other");
    makeKey("ed", "ed25519");
    makeKey("coin", "ec", "secp256k1");
    const auto fails = [&](const std::string& key, const std::string& certificate,
                           const std::string& hash, const std::string& word) {
        try {
            static_cast<void>(ModuleSigner(file(key), file(certificate), hash));
            ADD_FAILURE() << word;
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::Usage);
            EXPECT_THAT(error.what(), HasSubstr(word));
        }
    };
    fails("team.key", "other.crt", "sha256", "other.crt is not that of the signing key");
    fails("team.key", "team.key", "sha256", "team.key holds no X.509 certificate");
    fails("team.key", "team.crt", "md5", "'md5' is no hash");
    fails("coin.key", "coin.crt", "sha256", "it is on the curve secp256k1");
    fails("ed.key", "ed.crt", "sha256", "neither RSA nor ECDSA");
}

TEST_F(ModuleSignatureTest, SignedModuleIsNotSignedAgain) {
    makeKey("team");
    directory.write("m.ko", "module");
    signer("team").sign(file("m.ko"));
    const std::string once = readFile(file("m.ko"));
    EXPECT_THROW(signer("team").sign(file("m.ko")), Error);
    EXPECT_EQ(readFile(file("m.ko")), once);
}

TEST_F(ModuleSignatureTest, DamagedSignatureIsAnError) {
    const auto trailer = [](const std::string& type, const std::string& size) {
        return std::string(2, '\0') + type + std::string(5, '\0') + size + std::string(kMarker);
    };
    const std::string none(2, '\0');
    for (const std::string& bytes : {std::string(kMarker), "m" + trailer("\x02", none + "\1\1"),
                                     "module" + trailer("\x02", none + std::string("\0\6", 2)),
                                     "module" + trailer("\x01", none + std::string("\0\6", 2))}) {
        directory.write("m.ko", bytes);
        try {
            static_cast<void>(read("m.ko"));
            ADD_FAILURE() << bytes.size();
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::NotLoadable);
            EXPECT_THAT(error.what(), HasSubstr("m.ko is damaged"));
        }
    }
}

} // namespace
} // namespace host
