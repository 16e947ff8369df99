#include "precompile/package/acceptance.h"

#include "host/base/error.h"
#include "host/process/process.h"
#include "precompile/package/signature.h"
#include "precompile/source/source_directory.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = ModuleVerdict::State;

/// The sample, with its sources where drivers have them: nvidia is a delta, nvidia-uvm is whole.
class AcceptanceTest : public testing::Test {
  protected:
    AcceptanceTest() {
        for (const char* core :
             {"nvidia/nv-kernel.o_binary", "nvidia-modeset/nv-modeset-kernel.o_binary"}) {
            sample.directory.write(kernel / core, sample.core);
        }
        for (const char* file : {"Makefile", "conftest.sh", "Kbuild"}) {
            sample.directory.write(kernel / file, "");
        }
    }
    [[nodiscard]] std::vector<State> states(const Acceptance& acceptance) const {
        std::vector<State> all;
        for (const auto& module : examine(Package(sample.file), acceptance).modules) {
            all.push_back(module.state);
        }
        return all;
    }
    [[nodiscard]] std::string refusal(const Acceptance& acceptance,
                                      const std::filesystem::path& file) {
        try {
            requireAcceptable(Package(file), acceptance, observer);
        } catch (const host::Error& error) {
            EXPECT_EQ(error.fault(), host::Fault::Verification);
            return error.what();
        }
        return "";
    }
    /// The sample under another name, with a manifest that `change` makes of its own.
    [[nodiscard]] std::filesystem::path
    withManifest(const std::string& file,
                 const std::function<void(nlohmann::json& manifest)>& change) const {
        const auto made =
            tests::rewritten(sample.file, [&](const std::string& name, const std::string& content) {
                if (name != kManifestName) {
                    return content;
                }
                auto manifest = nlohmann::json::parse(content);
                change(manifest);
                return manifest.dump();
            });
        std::filesystem::rename(made, sample.directory.path() / file);
        return sample.directory.path() / file;
    }
    /// A manifest that promises another module than there is, in a delta.
    [[nodiscard]] std::filesystem::path withFalseDigest() const {
        return withManifest("false.tar", [](nlohmann::json& manifest) {
            manifest["modules"][0]["sha256"] = std::string(64, '0');
        });
    }
    std::vector<std::string> warnings;
    host::Observer observer{.warn = [this](const std::string& text) { warnings.push_back(text); }};
    tests::SamplePackage sample;
    std::filesystem::path kernel = "src/nvidia-535.261.03/kernel";
    std::filesystem::path sources = sample.directory.path() / "src";
};

TEST_F(AcceptanceTest, WithSourcesEveryModuleIsCompared) {
    EXPECT_THAT(states({.sources = driverSourcesBelow(sources)}),
                ElementsAre(State::Good, State::Good));
    EXPECT_EQ(examine(Package(sample.file), {.sources = driverSourcesBelow(sources)}).unchecked(),
              "");
    EXPECT_THAT(refusal({.sources = driverSourcesBelow(sources)}, withFalseDigest()),
                HasSubstr("its SHA-256 does not match the manifest"));
}

/// Accepted, because init checks, but never called good.
TEST_F(AcceptanceTest, WithoutSourcesADeltaIsNotCalledGood) {
    const Acceptance acceptance{.sources = driverSourcesBelow(sources / "none")};
    EXPECT_THAT(states(acceptance), ElementsAre(State::Unchecked, State::Good));
    EXPECT_EQ(refusal(acceptance, withFalseDigest()), "");
    EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("1 of 2 modules of"),
                                            HasSubstr("were not compared with their SHA-256"))));
}

struct Unfit {
    const char* name;
    tests::ModuleImage nvidia;
    const char* reason;
};

const Unfit kUnfit[] = {
    {"NoModule", {}, ""},
    {"OtherDriver", {.version = "470.1"}, "is of driver 470.1, not 535.261.03"},
    {"OtherKernel", {.kernel = "6.1"}, "its vermagic is '6.1 SMP', the kernel is 6.12.102-flatcar"},
    {"OtherName", {.name = "nouveau"}, "its .modinfo names it 'nouveau'"},
    {"OtherCore",
     {.needs = {{"printk", 1}, {"rm_init"}}},
     "it needs rm_init: neither the kernel nor a module before it exports it"},
};

class UnfitTest : public AcceptanceTest, public testing::WithParamInterface<Unfit> {};

/// Packed with the right digest all the same.
TEST_P(UnfitTest, ModuleIsRefused) {
    tests::ModuleImage image = GetParam().nvidia;
    const auto identity = tests::sampleIdentity();
    image.kernel = image.kernel.empty() ? identity.target.kernel : image.kernel;
    image.version = image.version.empty() ? identity.driver : image.version;
    sample.module = *GetParam().reason == '\0' ? sample.core : moduleImage(image);
    const auto file = sample.write(identity, "unfit.tar");
    const auto found = examine(Package(file), {.sources = driverSourcesBelow(sources)});
    ASSERT_EQ(found.modules.size(), 2U);
    EXPECT_EQ(found.modules[0].state, State::Unfit);
    EXPECT_EQ(found.modules[1].state, State::Good);
    EXPECT_THAT(refusal({.sources = driverSourcesBelow(sources)}, file),
                AllOf(HasSubstr("unfit.tar"), HasSubstr(GetParam().reason)));
}

INSTANTIATE_TEST_SUITE_P(Each, UnfitTest, testing::ValuesIn(kUnfit),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(AcceptanceTest, CoreThatCannotBeReadIsNoDamage) {
    std::filesystem::remove(sources.parent_path() / kernel / "nvidia/nv-kernel.o_binary");
    EXPECT_THAT(states({.sources = driverSourcesBelow(sources)}),
                ElementsAre(State::Unchecked, State::Good));
}

/// As `update --sign` demands it, and so `matrix --sign`.
TEST_F(AcceptanceTest, UnsignedModulesAreRefusedWhereAKeyIsAskedFor) {
    const host::ModuleSignature signer{.issuer = "us", .id = "01"};
    EXPECT_THAT(
        refusal({.sources = driverSourcesBelow(sources), .modulesSignedBy = signer}, sample.file),
        HasSubstr("module nvidia is not signed with the key that is asked for"));
    EXPECT_THAT(
        refusal({.sources = driverSourcesBelow(sources / "none"), .modulesSignedBy = signer},
                sample.file),
        HasSubstr("there are no proprietary sources of driver 535.261.03"));
}

TEST_F(AcceptanceTest, WhatIsBehindAnUntrustedSignatureIsNotRead) {
    const auto key = sample.directory.path() / "key";
    host::runChecked({.argv = {"openssl", "genpkey", "-algorithm", "ED25519", "-out", key}});
    const host::PrivateKey secret(key);
    std::vector<host::PublicKey> trusted;
    trusted.push_back(secret.publicKey());
    const Acceptance acceptance{.sources = driverSourcesBelow(sources),
                                .trusted = std::move(trusted)};
    const auto refused = examine(Package(withFalseDigest()), acceptance);
    EXPECT_THAT(refused.reasons(), ElementsAre(HasSubstr("is not signed")));
    EXPECT_THAT(refused.modules, IsEmpty());
    signPackage(sample.file, secret);
    EXPECT_EQ(refusal(acceptance, sample.file), "");
}

TEST_F(AcceptanceTest, DamagedSignatureIsDamageWhoeverIsTrusted) {
    host::TarWriter writer(sample.directory.path() / "signature.tar", 0);
    const std::string manifest = Package(sample.file).manifestText();
    writer.add(kManifestName, std::as_bytes(std::span(manifest)));
    writer.add(kSignatureName, std::as_bytes(std::span("nonsense")));
    writer.close();
    EXPECT_THAT(refusal({.sources = driverSourcesBelow(sources)},
                        sample.directory.path() / "signature.tar"),
                HasSubstr("signature.json is not valid"));
}

TEST_F(AcceptanceTest, AllReasonsAreNamed) {
    const auto file =
        tests::rewritten(sample.file, [](const std::string& name, const std::string& content) {
            return name == kSbomName || name == "nvidia-uvm.ko.zst" ? content.substr(1) : content;
        });
    EXPECT_THAT(refusal({.sources = driverSourcesBelow(sources)}, file),
                AllOf(HasSubstr("sbom.spdx.json of package"), HasSubstr("module nvidia-uvm of")));
}

/// What update, matrix, import, pull, image, verify and init demand, of one sample each.
TEST_F(AcceptanceTest, WhoeverAsksHearsTheSame) {
    const auto key = sample.directory.path() / "key";
    host::runChecked({.argv = {"openssl", "genpkey", "-algorithm", "ED25519", "-out", key}});
    host::runChecked({.argv = {"openssl", "pkey", "-in", key, "-pubout", "-out",
                               sample.directory.path() / "trusted"}});
    const auto unsignedOne = sample.file;
    const auto signedOne = sample.write(tests::sampleIdentity(), "signed.tar");
    signPackage(signedOne, host::PrivateKey(key));
    const auto damaged = withFalseDigest();
    const Acceptance sound = acceptanceFor(driverSourcesBelow(sources), {});
    const Acceptance trusted =
        acceptanceFor(driverSourcesBelow(sources), {sample.directory.path() / "trusted"});
    Acceptance signer = acceptanceFor(driverSourcesBelow(sources), {});
    Acceptance unpatched = acceptanceFor(driverSourcesBelow(sources), {});
    unpatched.mayBePatched = false;
    const auto patchedOne = withManifest("patched.tar", [](nlohmann::json& manifest) {
        manifest["inputs"]["patch/one.patch"] = std::string(64, '1');
    });
    signer.modulesSignedBy = host::ModuleSignature{.issuer = "us", .id = "01"};
    const struct {
        const char* name;
        const Acceptance& acceptance;
        const std::filesystem::path& file;
        bool accepted; ///< by examine() and requireAcceptable()
        bool counts;   ///< by requireWelcome(): for those who restore the modules anyway
    } cases[] = {
        {"import of an unsigned one", sound, unsignedOne, true, true},
        {"import of a damaged one", sound, damaged, false, true},
        {"import with --trust, unsigned", trusted, unsignedOne, false, false},
        {"import with --trust, signed", trusted, signedOne, true, true},
        {"import with --trust, damaged", trusted, damaged, false, false},
        {"update --sign, modules unsigned", signer, unsignedOne, false, true},
        {"update --no-patches, not patched", unpatched, unsignedOne, true, true},
        {"update --no-patches, patched", unpatched, patchedOne, false, false},
        {"update, patched", sound, patchedOne, true, true},
    };
    for (const auto& test : cases) {
        const Package package(test.file);
        EXPECT_EQ(refusal(test.acceptance, test.file).empty(), test.accepted) << test.name;
        EXPECT_EQ(examine(package, test.acceptance).reasons().empty(), test.accepted) << test.name;
        EXPECT_EQ(examine(Store::Verdict{test.file, {}}, test.acceptance).reasons().empty(),
                  test.accepted)
            << test.name;
        if (test.counts) {
            EXPECT_NO_THROW(requireWelcome(package, test.acceptance)) << test.name;
        } else {
            EXPECT_THROW(requireWelcome(package, test.acceptance), host::Error) << test.name;
        }
    }
}

TEST_F(AcceptanceTest, StoresPackageCountsWhenItIsAcceptable) {
    const Store store(sample.directory.path() / "store");
    const auto wanted = tests::sampleIdentity();
    const Acceptance acceptance{.sources = driverSourcesBelow(sources)};
    EXPECT_EQ(findAcceptable(store, wanted, acceptance, observer), std::nullopt);
    EXPECT_THAT(warnings, IsEmpty());
    const auto good = store.add(sample.file);
    EXPECT_EQ(findAcceptable(store, wanted, acceptance, observer), good);
    EXPECT_EQ(store.add(withFalseDigest()), good);
    EXPECT_EQ(findAcceptable(store, wanted, acceptance, observer), std::nullopt);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("is not usable and will be replaced")));
}

TEST_F(AcceptanceTest, WhatIsListedAsNoPackageIsAProblemAsItStands) {
    const auto noPackage = sample.directory.write("x.tar", "nonsense");
    EXPECT_THAT(examine(Store::Verdict{noPackage, {}}, {}).reasons(),
                ElementsAre(HasSubstr("x.tar")));
    EXPECT_THAT(examine(Store::Verdict{"/gone.tar", {"it has gone"}}, {}).reasons(),
                ElementsAre("it has gone"));
}

} // namespace
} // namespace precompile
