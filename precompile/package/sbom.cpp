#include "precompile/package/sbom.h"

#include "host/base/time.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace precompile {

namespace {

using nlohmann::ordered_json;

constexpr const char* kUnknown = "NOASSERTION";
constexpr const char* kNvidiaLicense = "LicenseRef-NVIDIA";
constexpr const char* kModules = "SPDXRef-modules";
constexpr const char* kDriver = "SPDXRef-driver";
constexpr const char* kKernel = "SPDXRef-kernel-headers";

ordered_json checksum(const char* algorithm, const std::string& value) {
    return {{"algorithm", algorithm}, {"checksumValue", value}};
}

ordered_json component(const std::string& id, const std::string& name, const std::string& version,
                       const std::string& license, const std::string& supplier) {
    return {{"SPDXID", id},
            {"name", name},
            {"versionInfo", version},
            {"supplier", supplier},
            {"downloadLocation", kUnknown},
            {"filesAnalyzed", false},
            {"licenseConcluded", kUnknown},
            {"licenseDeclared", license},
            {"copyrightText", kUnknown}};
}

std::string fileId(const ModuleEntry& module) {
    return "SPDXRef-module-" + module.name;
}

ordered_json filesOf(const Manifest& manifest, const std::vector<std::string>& sha1) {
    ordered_json files = ordered_json::array();
    for (std::size_t i = 0; i < manifest.modules.size(); ++i) {
        const ModuleEntry& module = manifest.modules[i];
        files.push_back({{"SPDXID", fileId(module)},
                         {"fileName", fmt::format("./{}.ko", module.name)},
                         {"fileTypes", {"BINARY"}},
                         {"checksums", ordered_json::array({checksum("SHA1", sha1.at(i)),
                                                            checksum("SHA256", module.sha256)})},
                         {"licenseConcluded", kUnknown},
                         {"licenseInfoInFiles", {kUnknown}},
                         {"copyrightText", kUnknown}});
    }
    return files;
}

/// The modules: the package that the document is about. Its verification code is the SHA-1 of the
/// files' SHA-1s, sorted, in one string (7.9 of the specification).
ordered_json modulesPackage(const Manifest& manifest, std::vector<std::string> sha1) {
    const std::string name = manifest.identity.fileName();
    auto package = component(kModules, name, manifest.identity.driver, kUnknown, kUnknown);
    std::ranges::sort(sha1);
    std::string all;
    for (const std::string& digest : sha1) {
        all += digest;
    }
    package["filesAnalyzed"] = true;
    package["packageFileName"] = name;
    package["packageVerificationCode"] = {
        {"packageVerificationCodeValue", host::digestOf(all, host::DigestKind::Sha1)}};
    package["licenseInfoFromFiles"] = {kUnknown};
    package["comment"] = manifest.identity.describe();
    return package;
}

/// Programs of the toolchain: the inputs that have a digest and a version.
ordered_json tool(const Manifest& manifest, const std::string& name, const std::string& version) {
    auto package = component("SPDXRef-" + name, name, version, kUnknown, kUnknown);
    if (const auto digest = manifest.inputs.find(name); digest != manifest.inputs.end()) {
        package["checksums"] = ordered_json::array({checksum("SHA256", digest->second)});
    }
    return package;
}

ordered_json packagesOf(const Manifest& manifest, const std::vector<std::string>& sha1) {
    const PackageIdentity& identity = manifest.identity;
    // NVIDIA's open kernel modules are under either license; the core of the others is not.
    const bool open = identity.flavour == Flavour::Open;
    return ordered_json::array(
        {modulesPackage(manifest, sha1),
         component(kDriver, fmt::format("nvidia-driver-{}", toString(identity.flavour)),
                   identity.driver, open ? "MIT OR GPL-2.0-only" : kNvidiaLicense,
                   "Organization: NVIDIA Corporation"),
         component(kKernel, "linux-headers", identity.target.kernel, "GPL-2.0-only", kUnknown),
         tool(manifest, "compiler", manifest.compiler), tool(manifest, "linker", manifest.linker)});
}

ordered_json relationshipsOf(const Manifest& manifest) {
    ordered_json relationships = ordered_json::array();
    const auto relate = [&](const std::string& from, const char* how, const std::string& to) {
        relationships.push_back(
            {{"spdxElementId", from}, {"relationshipType", how}, {"relatedSpdxElement", to}});
    };
    relate("SPDXRef-DOCUMENT", "DESCRIBES", kModules);
    for (const ModuleEntry& module : manifest.modules) {
        relate(kModules, "CONTAINS", fileId(module));
    }
    relate(kModules, "GENERATED_FROM", kDriver);
    relate(kKernel, "BUILD_DEPENDENCY_OF", kModules);
    relate("SPDXRef-compiler", "BUILD_TOOL_OF", kModules);
    relate("SPDXRef-linker", "BUILD_TOOL_OF", kModules);
    return relationships;
}

} // namespace

std::string sbomOf(const Manifest& manifest, const std::vector<std::string>& sha1) {
    ordered_json document = {
        {"spdxVersion", "SPDX-2.3"},
        {"dataLicense", "CC0-1.0"},
        {"SPDXID", "SPDXRef-DOCUMENT"},
        {"name", manifest.identity.fileName()},
        {"documentNamespace", ""},
        {"creationInfo",
         {{"created", host::utcTime(manifest.builtAt)},
          {"creators", {fmt::format("Tool: {}", manifest.builtBy)}}}},
        {"packages", packagesOf(manifest, sha1)},
        {"files", filesOf(manifest, sha1)},
        {"hasExtractedLicensingInfos",
         ordered_json::array(
             {{{"licenseId", kNvidiaLicense},
               {"name", "NVIDIA Driver License Agreement"},
               {"extractedText", "See the file LICENSE of NVIDIA's driver package."}}})},
        {"relationships", relationshipsOf(manifest)}};
    // What the specification (6.5) has for those without a web site: a name, not an address.
    document["documentNamespace"] =
        fmt::format("https://spdx.org/spdxdocs/driverctl-{}", host::digestOf(document.dump()));
    return document.dump(2) + "\n";
}

} // namespace precompile
