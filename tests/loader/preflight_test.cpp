#include "loader/preflight.h"

#include "host/error.h"
#include "host/module_signature.h"
#include "host/process.h"
#include "tests/precompile/sample.h"

#include <cctype>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loader {
namespace {

using precompile::Flavour;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr std::uint32_t k3dController = 0x030200;

auto finding(Severity severity, const std::string& text) {
    return AllOf(Field(&Finding::severity, severity), Field(&Finding::text, HasSubstr(text)));
}

TEST(CheckGpus, NamesTheDriverThatHoldsIt) {
    const auto found = checkGpus({{"0000:01:00.0", 0x10de, 0x1eb8, k3dController, "nvidia"},
                                  {"0000:02:00.0", 0x10de, 0x1eb8, k3dController, "nouveau"},
                                  {"0000:03:00.0", 0x10de, 0x1eb8, k3dController, "vfio-pci"}},
                                 Flavour::Proprietary, {});
    EXPECT_THAT(found, ElementsAre(finding(Severity::Good, "bound to nvidia"),
                                   finding(Severity::Problem, "0000:02:00.0 is bound to nouveau"),
                                   finding(Severity::Warning, "is left alone")));
    EXPECT_THAT(found[1].remedy, HasSubstr("--unbind-nouveau"));
}

TEST(CheckGpus, FlavourThatTheGpuDoesNotKnowIsAProblem) {
    const std::vector<host::PciFunction> pascal = {{"a", 0x10de, 0x1b38, k3dController, ""}};
    const std::vector<host::PciFunction> blackwell = {{"a", 0x10de, 0x2901, k3dController, ""}};
    EXPECT_THAT(checkGpus(pascal, Flavour::Open, {}),
                Contains(finding(Severity::Problem, "does not work with the open")));
    EXPECT_THAT(checkGpus(blackwell, Flavour::Proprietary, {}),
                Contains(finding(Severity::Problem, "does not work with the proprietary")));
    EXPECT_EQ(checkGpus(pascal, Flavour::Proprietary, {}).size(), 1U);
    EXPECT_EQ(checkGpus(blackwell, Flavour::Open, {}).size(), 1U);
}

TEST(CheckGpus, NvswitchHasNoFlavour) {
    EXPECT_EQ(checkGpus({{"a", 0x10de, 0x1af1, 0x068000, ""}}, Flavour::Open, {}).size(), 1U);
}

TEST(CheckKernel, ReadsSecureBootLockdownAndEnforcement) {
    const tests::Directory sys;
    const Roots roots{.proc = "/none", .sys = sys.path()};
    EXPECT_THAT(checkKernel(roots), ElementsAre(finding(Severity::Good, "need no signature")));
    sys.write("kernel/security/lockdown", "none [integrity] confidentiality\n");
    sys.write("firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
              std::string("\x06\x00\x00\x00\x01", 5));
    sys.write("fs/selinux/enforce", "1");
    EXPECT_THAT(checkKernel(roots), ElementsAre(finding(Severity::Good, "secure boot is on"),
                                                finding(Severity::Good, "lockdown is integrity"),
                                                finding(Severity::Good, "have to be signed"),
                                                finding(Severity::Warning, "SELinux")));
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
    std::vector<Finding> check() {
        const precompile::Package package(sample.write(tests::sampleIdentity(), "signed.tar"));
        const Roots roots{.proc = directory.path() / "proc", .sys = directory.path() / "sys"};
        DriverModules modules({.package = package,
                               .sources = sample.source.directory,
                               .parameters = [](const std::string&) { return ""; },
                               .vermagic = "",
                               .kernel = "6.12.102-flatcar",
                               .roots = roots},
                              host::systemKernel());
        modules.restore();
        return checkSignatures(modules, roots);
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
    EXPECT_THAT(check(),
                ElementsAre(finding(Severity::Good, "signed by Team (serial number " + id + ")")));
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
    }
}

TEST_F(SignedModules, UnknownSignerIsAWarningWhereSignaturesAreEnforced) {
    keyring("Another Team: 3754b408");
    EXPECT_THAT(check(), ElementsAre(finding(Severity::Good, "none of the kernel's keyrings")));
    enforce();
    const auto found = check();
    EXPECT_THAT(found, ElementsAre(finding(Severity::Warning, "none of the kernel's keyrings")));
    EXPECT_THAT(found.front().remedy, HasSubstr("mokutil"));
}

TEST_F(SignedModules, MissingSignatureIsAProblemWhereSignaturesAreEnforced) {
    sample.uvm = tests::noise(600, 2);
    EXPECT_EQ(check().size(), 1U);
    enforce();
    EXPECT_THAT(check(),
                Contains(finding(Severity::Problem, "these have no signature: nvidia-uvm")));
}

TEST(RequireNoProblem, TellsAllProblemsAndEachRemedyOnce) {
    requireNoProblem({{Severity::Good, "x", "fine"}, {Severity::Warning, "x", "odd", "r"}});
    try {
        requireNoProblem({{Severity::Problem, "x", "one", "Do this."},
                          {Severity::Problem, "x", "two", "Do this."}});
        FAIL();
    } catch (const host::Error& error) {
        EXPECT_EQ(error.fault(), host::Fault::NotLoadable);
        EXPECT_STREQ(error.what(), "one; two");
        EXPECT_EQ(error.remedy(), "Do this.");
    }
}

} // namespace
} // namespace loader
