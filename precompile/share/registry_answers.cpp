#include "precompile/share/registry_answers.h"

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/json.h"
#include "host/base/text.h"
#include "precompile/oci/oci_digest.h"
#include "precompile/share/limits.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <regex>

namespace precompile {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kArtifactType = "application/vnd.driverctl.package.v1";
constexpr const char* kLayerType = "application/vnd.driverctl.package.v1.tar";
constexpr const char* kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr std::size_t kLongestReference = 1024; ///< also keeps std::regex's recursion shallow
constexpr std::size_t kLongestTag = 128;
constexpr std::size_t kLongestWords = 300;

host::JsonValue read(const std::string& document, const std::string& origin) {
    return {document, {.refusal = origin + " cannot be used", .remedy = "Check the reference."}};
}

bool isTag(const std::string& text) {
    const auto plain = [](unsigned char character) {
        return std::isalnum(character) != 0 || character == '_';
    };
    return !text.empty() && text.size() <= kLongestTag &&
           plain(static_cast<unsigned char>(text.front())) &&
           std::ranges::all_of(text, [&](unsigned char character) {
               return plain(character) || character == '.' || character == '-';
           });
}

} // namespace

std::string RegistryReference::text() const {
    return fmt::format("oci://{}/{}{}{}", host, repository, tag.empty() ? "" : ":" + tag,
                       digest.empty() ? "" : "@" + digest);
}

RegistryReference parseReference(const std::string& text) {
    // The specification's grammar of repository names; in a host no '_' and no credentials.
    static const std::regex form(
        R"(oci://([A-Za-z0-9.\-]+(?::[0-9]{1,5})?|\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?))"
        R"(/([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*))"
        R"((?::([A-Za-z0-9_][A-Za-z0-9._\-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?)");
    std::smatch match;
    if (text.size() > kLongestReference || !std::regex_match(text, match, form)) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("'{}' is no registry reference",
                                      host::withoutPassword(text).substr(0, kLongestWords)),
                          "Write oci://HOST[:PORT]/REPOSITORY[:TAG] or …@sha256:DIGEST.");
    }
    return {match[1], match[2], match[3], match[4]};
}

std::string registryTag(const PackageIdentity& identity) {
    std::string tag = fmt::format("{}-{}-{}-{}{}", identity.driver, toString(identity.flavour),
                                  identity.target.kernel, identity.directoryName(),
                                  identity.tag.empty() ? "" : "-" + identity.tag);
    for (char& character : tag) {
        character = character == '+' || character == '~' ? '_' : character;
    }
    if (!isTag(tag)) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' cannot be a registry's tag", tag),
                          "Name a shorter tag in the reference.");
    }
    return tag;
}

std::optional<std::string> tagOfAnyKernel(const PackageIdentity& wanted,
                                          const std::vector<std::string>& tags) {
    constexpr std::string_view kAny = "ANY";
    PackageIdentity form = wanted;
    form.target.kernel = kAny;
    const std::string tag = registryTag(form);
    const auto at = form.driver.size() + toString(form.flavour).size() + 2; // with their dashes
    const auto prefix = tag.substr(0, at);
    const auto suffix = tag.substr(at + kAny.size());
    const auto found = std::ranges::find_if(tags, [&](const std::string& has) {
        return has.size() > prefix.size() + suffix.size() && has.starts_with(prefix) &&
               has.ends_with(suffix);
    });
    return found == tags.end() ? std::nullopt : std::optional(*found);
}

std::string artifactManifest(const PackageIdentity& identity, const std::string& digest,
                             std::uint64_t size) {
    const Json document = {
        {"schemaVersion", 2},
        {"mediaType", kRegistryManifestType},
        {"artifactType", kArtifactType},
        {"config",
         {{"mediaType", kEmptyType},
          {"digest", ociDigest(kRegistryEmptyConfig)},
          {"size", std::string_view(kRegistryEmptyConfig).size()}}},
        {"layers",
         {{{"mediaType", kLayerType},
           {"digest", digest},
           {"size", size},
           {"annotations", {{"org.opencontainers.image.title", identity.fileName()}}}}}},
        {"annotations",
         {{"vnd.driverctl.os", identity.target.osId},
          {"vnd.driverctl.release", identity.target.osRelease},
          {"vnd.driverctl.architecture", identity.target.architecture},
          {"vnd.driverctl.kernel", identity.target.kernel},
          {"vnd.driverctl.driver", identity.driver},
          {"vnd.driverctl.flavour", toString(identity.flavour)}}}};
    return document.dump();
}

ArtifactLayer artifactLayer(const std::string& manifest, const std::string& origin) {
    const auto document = read(manifest, origin);
    const auto type = document.find("artifactType");
    if (!type || type->text() != kArtifactType) {
        document.fail("is no driverctl package");
    }
    const auto layers = document.at("layers").list();
    if (layers.size() != 1 || layers.front().at("mediaType").text() != kLayerType) {
        document.fail("does not have the one layer of a package");
    }
    const auto& layer = layers.front();
    const auto size = layer.at("size").integer<std::uint64_t>();
    if (size == 0 || size > kLargestPackage) {
        layer.at("size").fail(
            fmt::format("is {} bytes, a package has 1 to {}", size, kLargestPackage));
    }
    return {layer.at("digest").text(isOciDigest), size};
}

std::vector<std::string> tagsIn(const std::string& document, const std::string& origin) {
    const auto tags = read(document, origin).at("tags");
    std::vector<std::string> names;
    if (!tags.isNull()) {
        for (const auto& tag : tags.list()) {
            names.push_back(tag.text());
            if (!isTag(names.back())) {
                tag.fail("is no tag");
            }
        }
    }
    return names;
}

std::optional<std::string> nextPage(const std::string& link) {
    // </v2/…?last=x&n=1000>; rel="next"
    const auto end = link.find('>');
    if (!link.starts_with('<') || end == std::string::npos || end == 1) {
        return std::nullopt;
    }
    const std::string parameters = link.substr(end + 1, link.find(',', end) - end - 1);
    const bool next = parameters.find("rel=\"next\"") != std::string::npos ||
                      parameters.find("rel=next") != std::string::npos;
    return next ? std::optional(link.substr(1, end - 1)) : std::nullopt;
}

std::uint64_t uploadedBytes(const std::string& range) {
    const std::string_view text =
        std::string_view(range).substr(range.starts_with("bytes=") ? 6 : 0); // some write it
    constexpr std::string_view kFromStart = "0-";
    if (!text.starts_with(kFromStart)) {
        return 0;
    }
    const auto last = host::toNumber<std::uint64_t>(text.substr(kFromStart.size())).value_or(0);
    return last > 0 && last < kLargestPackage ? last + 1 : 0;
}

std::string registryWords(const std::string& document) {
    std::string words = ":";
    try {
        const auto errors = read(document, "").at("errors").list();
        for (const char* field : {"code", "message"}) {
            const auto found = errors.empty() ? std::nullopt : errors.front().find(field);
            if (found && found->isText()) {
                words += " " + found->text();
            }
        }
    } catch (const host::Error&) { // no words of a registry, but of what lies between
        return "";
    }
    std::ranges::replace_if(
        words, [](unsigned char character) { return std::isprint(character) == 0; }, '?');
    return words.size() > 1 ? words.substr(0, kLongestWords) : "";
}

} // namespace precompile
