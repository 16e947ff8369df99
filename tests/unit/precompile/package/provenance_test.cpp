#include "precompile/package/provenance.h"

#include "host/crypto/digest.h"
#include "precompile/package/sbom.h"
#include "tests/unit/precompile/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace precompile {
namespace {

using nlohmann::json;

const std::string kSha256(64, 'a');
const std::string kSha512(128, 'b');

Manifest sample() {
    const tests::SamplePackage package;
    Manifest manifest = Package(package.file).manifest();
    manifest.inputs = {{"compiler", kSha256}, {"image", kSha512}};
    return manifest;
}

TEST(Provenance, IsAStatementOfThePackagesModules) {
    const Manifest manifest = sample();
    const json statement = json::parse(provenanceOf(manifest, {{"nvidia/nv.o", kSha256}}));
    EXPECT_EQ(statement["_type"], "https://in-toto.io/Statement/v1");
    EXPECT_EQ(statement["predicateType"], "https://slsa.dev/provenance/v1");
    ASSERT_EQ(statement["subject"].size(), 2U);
    EXPECT_EQ(
        statement["subject"][1],
        json({{"name", "nvidia-uvm.ko"}, {"digest", {{"sha256", manifest.modules[1].sha256}}}}));
    const json& predicate = statement["predicate"];
    EXPECT_EQ(predicate["buildDefinition"]["externalParameters"]["kernel"],
              manifest.identity.target.kernel);
    EXPECT_EQ(predicate["buildDefinition"]["resolvedDependencies"],
              json({{{"name", "compiler"}, {"digest", {{"sha256", kSha256}}}},
                    {{"name", "image"}, {"digest", {{"sha512", kSha512}}}}}));
    EXPECT_EQ(predicate["runDetails"]["byproducts"][0]["name"], "nvidia/nv.o");
    EXPECT_EQ(predicate["runDetails"]["metadata"]["startedOn"], "2023-11-14T22:13:20Z");
}

TEST(Sbom, EveryElementOfARelationshipIsDescribed) {
    const Manifest manifest = sample();
    const json document = json::parse(sbomOf(manifest, {"2", "1"}));
    EXPECT_EQ(document["spdxVersion"], "SPDX-2.3");
    std::set<std::string> elements = {document["SPDXID"]};
    for (const char* list : {"packages", "files"}) {
        for (const json& element : document[list]) {
            EXPECT_TRUE(elements.insert(element["SPDXID"]).second);
        }
    }
    for (const json& relationship : document["relationships"]) {
        EXPECT_TRUE(elements.contains(relationship["spdxElementId"]));
        EXPECT_TRUE(elements.contains(relationship["relatedSpdxElement"]));
    }
    EXPECT_EQ(document["files"][0]["fileName"], "./nvidia.ko");
    EXPECT_EQ(document["files"][0]["checksums"][1]["checksumValue"], manifest.modules[0].sha256);
    EXPECT_EQ(document["packages"][0]["packageVerificationCode"]["packageVerificationCodeValue"],
              host::digestOf("12", host::DigestKind::Sha1));
    EXPECT_EQ(document["packages"][1]["licenseDeclared"], "LicenseRef-NVIDIA");
}

TEST(Sbom, NamespaceFollowsTheContent) {
    Manifest manifest = sample();
    const std::string first = sbomOf(manifest, {"1", "2"});
    EXPECT_EQ(sbomOf(manifest, {"1", "2"}), first);
    manifest.modules[0].sha256 = kSha256;
    EXPECT_NE(json::parse(sbomOf(manifest, {"1", "2"}))["documentNamespace"],
              json::parse(first)["documentNamespace"]);
}

TEST(Provenance, PackageHoldsBoth) {
    const tests::SamplePackage package;
    const Package read(package.file);
    EXPECT_EQ(json::parse(read.attachment(kProvenanceName))["subject"][0]["digest"]["sha256"],
              read.manifest().modules[0].sha256);
    EXPECT_EQ(json::parse(read.attachment(kSbomName))["files"][0]["checksums"][0]["checksumValue"],
              host::digestOf(package.module, host::DigestKind::Sha1));
}

} // namespace
} // namespace precompile
