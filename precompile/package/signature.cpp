#include "precompile/package/signature.h"

#include "host/archive/archive.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/json.h"
#include "host/crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace precompile {

namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kLargestMember = 256 << 20; ///< a compressed module has a tenth of that

struct Signature {
    std::string key;   ///< id
    std::string value; ///< raw bytes
};

std::string bytesOf(const host::JsonValue& base64) {
    try {
        return host::fromBase64(base64.text());
    } catch (const host::Error&) {
        base64.fail("is no base64");
    }
}

std::vector<Signature> signaturesOf(const Package& package) {
    if (package.signatureText().empty()) {
        return {};
    }
    const host::JsonValue document(
        package.signatureText(),
        {.refusal = fmt::format("{}: {} is not valid", package.file().string(), kSignatureName),
         .remedy = "Sign or fetch the package again.",
         .fault = host::Fault::Verification});
    if (const auto format = document.at("format").integer<int>(); format != kFormat) {
        document.at("format").fail(fmt::format("is {}, not {}", format, kFormat));
    }
    std::vector<Signature> signatures;
    for (const auto& entry : document.at("signatures").list()) {
        const auto isDigest = [](const std::string& key) { return host::isDigest(key); };
        signatures.push_back({entry.at("key").text(isDigest), bytesOf(entry.at("signature"))});
    }
    return signatures;
}

std::string textOf(const std::vector<Signature>& signatures) {
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (const Signature& signature : signatures) {
        entries.push_back({{"key", signature.key}, {"signature", host::toBase64(signature.value)}});
    }
    return nlohmann::ordered_json{{"format", kFormat}, {"signatures", entries}}.dump(2) + "\n";
}

} // namespace

std::string signManifest(const std::string& manifest, const host::PrivateKey& key) {
    return textOf({{key.id(), key.sign(manifest)}});
}

void signPackage(const std::filesystem::path& file, const host::PrivateKey& key) {
    const Package package(file);
    auto signatures = signaturesOf(package);
    std::erase_if(signatures, [id = key.id()](const Signature& one) { return one.key == id; });
    signatures.push_back({key.id(), key.sign(package.manifestText())});
    std::ranges::sort(signatures, {}, &Signature::key);
    const std::string text = textOf(signatures);

    const auto target = host::linkTarget(file);
    host::TarReader old(target);
    host::TarWriter signedPackage(target, package.manifest().builtAt);
    while (const auto member = old.next()) {
        if (member->name == kSignatureName) {
            continue;
        }
        const std::string content = old.read(kLargestMember);
        signedPackage.add(member->name, std::as_bytes(std::span(content)));
        if (member->name == kManifestName) {
            signedPackage.add(kSignatureName, std::as_bytes(std::span(text)));
        }
    }
    signedPackage.close(target);
}

std::vector<std::string> signersOf(const Package& package) {
    std::vector<std::string> keys;
    for (const Signature& signature : signaturesOf(package)) {
        keys.push_back(signature.key);
    }
    return keys;
}

void requireTrusted(const Package& package, const std::vector<host::PublicKey>& trusted) {
    std::vector<std::string> refused;
    for (const Signature& signature : signaturesOf(package)) {
        for (const host::PublicKey& key : trusted) {
            if (key.id() == signature.key && key.verify(package.manifestText(), signature.value)) {
                return;
            }
        }
        refused.push_back(signature.key);
    }
    throw host::Error(host::Fault::Verification,
                      refused.empty()
                          ? fmt::format("{} is not signed", package.file().string())
                          : fmt::format("{} is signed by no trusted key, but by {}",
                                        package.file().string(), fmt::join(refused, ", ")),
                      "Sign it with {command:package sign}, or add the key with {trust}.");
}

} // namespace precompile
