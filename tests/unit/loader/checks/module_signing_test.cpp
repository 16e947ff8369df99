#include "loader/checks/module_signing.h"

#include "host/crypto/module_signature.h"
#include "host/process/process.h"
#include "tests/unit/precompile/sample.h"

#include <cctype>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKernel = "6.12.102-flatcar";

auto finding(Severity severity, const std::string& text) {
    return AllOf(Field(&Finding::severity, severity), Field(&Finding::text, HasSubstr(text)));
}

TEST(LookAtSigning, ReadsSecureBootLockdownAndEnforcement) {
    const tests::Directory tree;
    const host::Roots roots{
        .proc = tree.path() / "proc", .sys = tree.path() / "sys", .root = tree.path() / "root"};
    EXPECT_THAT(checkEnforcement(lookAtSigning(kKernel, roots), false),
                ElementsAre(finding(Severity::Good, "need no signature")));
    tree.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    tree.write("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
               std::string("\x06\x00\x00\x00\x01", 5));
    const auto facts = lookAtSigning(kKernel, roots);
    EXPECT_TRUE(facts.enforced);
    EXPECT_THAT(checkEnforcement(facts, false),
                ElementsAre(finding(Severity::Good, "secure boot is on"),
                            finding(Severity::Good, "lockdown is integrity"),
                            finding(Severity::Warning, "modules have to be signed"),
                            finding(Severity::Warning, "cannot be seen here")));
}

TEST(LookAtSigning, FindsEveryReasonToEnforce) {
    for (const auto& [file, text] : std::initializer_list<std::pair<const char*, const char*>>{
             {"sys/kernel/security/lockdown", "none integrity [confidentiality]\n"},
             {"proc/1/root/sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
             {"sys/module/module/parameters/sig_enforce", "Y\n"},
             {"root/boot/config-6.12.102-flatcar", "CONFIG_MODULE_SIG_FORCE=y\n"}}) {
        const tests::Directory tree;
        tree.write(file, text);
        EXPECT_TRUE(lookAtSigning(kKernel, {.proc = tree.path() / "proc",
                                            .sys = tree.path() / "sys",
                                            .root = tree.path() / "root"})
                        .enforced)
            << file;
    }
}

TEST(CheckEnforcement, HavingToBeSignedIsGoodOnlyWhereTheSignerIsKnown) {
    const SigningFacts facts{.enforced = true,
                             .keys = {{"Debian CA: 11", {".builtin_trusted_keys"}},
                                      {"Example: Team: 22", {".machine"}},
                                      {"Example: Team: 33", {".machine"}},
                                      {"Odd\x1b[2J: 44"}}};
    EXPECT_THAT(
        checkEnforcement(facts, true),
        ElementsAre(finding(Severity::Good, "modules have to be signed"),
                    finding(Severity::Good,
                            "knows the keys of Debian CA (.builtin_trusted_keys), Example: Team "
                            "(.machine), Odd\\u001b[2J")));
    const auto unknown = checkEnforcement(facts, false);
    EXPECT_THAT(unknown[0], finding(Severity::Warning, "modules have to be signed"));
    EXPECT_EQ(unknown[0].remedy, signingAdvice(facts));
}

TEST(SigningAdvice, IsWhatTheKernelsConfigurationAllows) {
    const auto advice = [](const std::string& config) {
        return signingAdvice({.config = host::parseKernelConfig(config, "f")});
    };
    const std::string secondary = "CONFIG_SECONDARY_TRUSTED_KEYRING=y\n";
    const std::string machine = secondary + "CONFIG_INTEGRITY_MACHINE_KEYRING=y\n";
    const std::string platform = "CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n";
    for (const std::string& flatcar : {std::string("CONFIG_MODULE_SIG=y\n"), secondary}) {
        EXPECT_THAT(advice(flatcar), AllOf(HasSubstr("neither mokutil nor"), HasSubstr("sysext"),
                                           Not(HasSubstr("--import"))));
    }
    EXPECT_THAT(advice(machine), AllOf(HasSubstr("mokutil --import"),
                                       HasSubstr("does not look into the firmware's db")));
    EXPECT_THAT(advice(machine + platform), HasSubstr("mokutil --import; or in the firmware's db"));
    EXPECT_THAT(advice(platform), HasSubstr("mainline does not"));
    EXPECT_THAT(signingAdvice({}), HasSubstr("is not to be found here"));
}

/// A package whose two modules a key of "Team" (organisation "Example") has signed.
class SignedModules : public testing::Test {
  protected:
    SignedModules() {
        const auto key = directory.path() / "key.pem";
        const auto certificate = directory.path() / "cert.pem";
        host::runChecked(
            {.argv = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                      "/O=Example/CN=Team", "-keyout", key, "-out", certificate}});
        const host::ModuleSigner signer(key, certificate, "sha256");
        for (std::string* content : {&sample.module, &sample.uvm}) {
            const auto file = directory.write("module.ko", *content);
            signer.sign(file);
            *content = host::readFile(file);
        }
        id = signer.signature().id;
    }
    [[nodiscard]] host::Roots roots() const {
        return {.proc = directory.path() / "proc",
                .sys = directory.path() / "sys",
                .root = directory.path() / "root"};
    }
    std::vector<Finding> check() { return checkAll().findings; }
    SignatureFindings checkAll() {
        const precompile::Package package(sample.write(tests::sampleIdentity(), "signed.tar"));
        DriverModules modules({.package = package,
                               .sources = sample.source.directory,
                               .parameters = [](const std::string&) { return ""; },
                               .vermagic = "",
                               .kernel = kKernel,
                               .roots = roots()},
                              host::systemNodeActions());
        modules.restore();
        return checkSignatures(modules, lookAtSigning(kKernel, roots()));
    }
    void keyring(const std::string& certificate) {
        directory.write("proc/keys",
                        "07781a24 I------     2 perm 1f0b0000     0     0 keyring   .machine: 1\n"
                        "0b099400 I------     1 perm 1f010000     0     0 asymmetri " +
                            certificate + ": X509.rsa b6860828 []\n");
    }
    void enforce() { directory.write("sys/module/module/parameters/sig_enforce", "Y\n"); }

    tests::Directory directory;
    tests::SamplePackage sample;
    std::string id;
};

TEST_F(SignedModules, SignerIsNamedWhereNoKeyringCanBeSeen) {
    enforce();
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Warning,
                                             "signed by Team (serial number " + id + ")")));
    EXPECT_FALSE(checkAll().signerKnown);
}

TEST_F(SignedModules, KnownSignerIsFoundByNameOrSerialNumber) {
    enforce();
    std::string serial;
    for (const char character : id) {
        serial += character == ':' ? "" : std::string(1, static_cast<char>(tolower(character)));
    }
    for (const std::string& known :
         {std::string("Team: 3754b408"), "Example: Team: " + serial, "An authority: " + serial}) {
        keyring(known);
        EXPECT_THAT(check(), ElementsAre(finding(Severity::Good, "the kernel's keyrings hold")));
        EXPECT_TRUE(checkAll().signerKnown);
    }
}

TEST_F(SignedModules, UnknownSignerIsAWarningWhereSignaturesAreEnforced) {
    keyring("Another Team: 3754b408");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Good, "none of the kernel's keyrings")));
    enforce();
    const auto found = check();
    EXPECT_THAT(found, ElementsAre(finding(Severity::Warning, "none of the kernel's keyrings")));
    EXPECT_THAT(found.front().remedy, HasSubstr("mokutil --import"));
    EXPECT_FALSE(checkAll().signerKnown);
    directory.write("root/boot/config-6.12.102-flatcar", "CONFIG_MODULE_SIG=y\n");
    EXPECT_THAT(check().front().remedy, HasSubstr("neither mokutil nor the firmware's db helps"));
}

TEST_F(SignedModules, MissingSignatureIsAProblemWhereSignaturesAreEnforced) {
    sample.uvm = tests::noise(600, 2);
    EXPECT_EQ(check().size(), 1U);
    enforce();
    EXPECT_FALSE(checkAll().signerKnown);
    EXPECT_THAT(check(),
                Contains(finding(Severity::Problem, "these have no signature: nvidia-uvm")));
}

} // namespace
} // namespace loader
