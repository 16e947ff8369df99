#include "precompile/registry.h"

#include "host/digest.h"
#include "host/error.h"
#include "host/file.h"
#include "precompile/package.h"
#include "precompile/registry_auth.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <regex>

namespace precompile {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kArtifactType = "application/vnd.driverctl.package.v1";
constexpr const char* kLayerType = "application/vnd.driverctl.package.v1.tar";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr const char* kEmptyConfig = "{}";
constexpr std::size_t kLargestManifest = 4 << 20; ///< what the specification lets registries refuse
constexpr std::size_t kLargestPackage = 512 << 20;
constexpr std::size_t kLongestTag = 128;
constexpr long kOk = 200;
constexpr long kCreated = 201;
constexpr long kAccepted = 202;
constexpr long kUnauthorized = 401;
constexpr long kNotFound = 404;

std::string digestOfText(std::string_view text) {
    return "sha256:" + host::digestOf(text);
}

bool isLoopback(const std::string& host) {
    return host.starts_with("localhost:") || host == "localhost" || host.starts_with("127.") ||
           host.starts_with("[::1]");
}

/// What the registry itself says in its error document, one line.
std::string wordsOf(const host::HttpAnswer& answer) {
    const auto document = nlohmann::json::parse(answer.body, nullptr, false);
    if (document.is_object() && document.contains("errors") && document["errors"].is_array() &&
        !document["errors"].empty() && document["errors"][0].is_object()) {
        const auto& error = document["errors"][0];
        return fmt::format(": {} {}", error.value("code", ""), error.value("message", ""));
    }
    return "";
}

[[noreturn]] void refuse(const std::string& what, const host::HttpAnswer& answer) {
    const bool denied = answer.status == kUnauthorized || answer.status == 403;
    throw host::Error(
        fmt::format("the registry refuses {}: HTTP status {}{}", what, answer.status,
                    wordsOf(answer)),
        denied ? "Log in with docker or podman, or name the file with the credentials with "
                 "--auth-file."
               : "Check the reference.");
}

Json manifestOf(const PackageIdentity& identity, const std::string& digest, std::uint64_t size) {
    return {{"schemaVersion", 2},
            {"mediaType", kManifestType},
            {"artifactType", kArtifactType},
            {"config",
             {{"mediaType", kEmptyType},
              {"digest", digestOfText(kEmptyConfig)},
              {"size", std::string_view(kEmptyConfig).size()}}},
            {"layers",
             {{{"mediaType", kLayerType},
               {"digest", digest},
               {"size", size},
               {"annotations", {{"org.opencontainers.image.title", identity.fileName()}}}}}},
            {"annotations",
             {{"dev.driverctl.os", identity.osId},
              {"dev.driverctl.release", identity.osRelease},
              {"dev.driverctl.architecture", identity.architecture},
              {"dev.driverctl.kernel", identity.kernel},
              {"dev.driverctl.driver", identity.driver},
              {"dev.driverctl.flavour", toString(identity.flavour)}}}};
}

struct Layer {
    std::string digest;
    std::uint64_t size = 0;
};

Layer layerOf(const std::string& manifest, const std::string& origin) {
    try {
        const auto document = nlohmann::json::parse(manifest);
        const auto& layers = document.at("layers");
        if (document.value("artifactType", "") != kArtifactType || layers.size() != 1) {
            throw host::Error("it is no driverctl package");
        }
        Layer layer{layers[0].at("digest"), layers[0].at("size")};
        if (!std::regex_match(layer.digest, std::regex("sha256:[0-9a-f]{64}")) ||
            layer.size > kLargestPackage) {
            throw host::Error("its layer is not valid");
        }
        return layer;
    } catch (const std::exception& error) {
        throw host::Error(fmt::format("{} cannot be used: {}", origin, error.what()),
                          "Check the reference.");
    }
}

} // namespace

std::string RegistryReference::text() const {
    return fmt::format("oci://{}/{}{}{}", host, repository, tag.empty() ? "" : ":" + tag,
                       digest.empty() ? "" : "@" + digest);
}

RegistryReference parseReference(const std::string& text) {
    static const std::regex form(
        R"(oci://([A-Za-z0-9.\-]+(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?)");
    std::smatch match;
    if (!std::regex_match(text, match, form)) {
        throw host::Error(host::Fault::Usage, fmt::format("'{}' is no registry reference", text),
                          "Write oci://HOST[:PORT]/REPOSITORY[:TAG] or …@sha256:DIGEST.");
    }
    return {match[1], match[2], match[3], match[4]};
}

std::string registryTag(const PackageIdentity& identity) {
    std::string tag =
        fmt::format("{}-{}-{}-{}{}", identity.driver, toString(identity.flavour), identity.kernel,
                    identity.directoryName(), identity.tag.empty() ? "" : "-" + identity.tag);
    for (char& character : tag) {
        character = character == '+' || character == '~' ? '_' : character;
    }
    if (tag.size() > kLongestTag) {
        throw host::Error(host::Fault::Usage,
                          fmt::format("'{}' is too long for a registry's tag", tag),
                          "Name a shorter tag in the reference.");
    }
    return tag;
}

/// Requests to one registry, with whatever authentication it asks for.
class Registry::Connection {
  public:
    explicit Connection(RegistryOptions options)
        : options_(std::move(options)), session_(options_.http), auth_(options_.authFiles) {}

    host::HttpAnswer send(const RegistryReference& to, host::HttpRequest request,
                          std::size_t limit = kLargestManifest) {
        if (request.url.starts_with('/')) {
            request.url = base(to) + request.url;
        }
        const auto plain = request.headers;
        const auto authorize = [&] {
            request.headers = plain;
            if (const auto header = auth_.header(to); !header.empty()) {
                request.headers.push_back("Authorization: " + header);
            }
        };
        authorize();
        auto answer = session_.send(request, limit);
        if (answer.status == kUnauthorized &&
            auth_.accept(to, answer.header("www-authenticate"), session_)) {
            authorize();
            answer = session_.send(request, limit);
        }
        return answer;
    }

    [[nodiscard]] std::string base(const RegistryReference& to) const {
        const bool plain = options_.plainHttp || isLoopback(to.host);
        return fmt::format("{}://{}", plain ? "http" : "https", to.host);
    }

    bool hasBlob(const RegistryReference& at, const std::string& digest) {
        const auto answer = send(
            at, {.method = "HEAD", .url = fmt::format("/v2/{}/blobs/{}", at.repository, digest)});
        if (answer.status != kOk && answer.status != kNotFound) {
            refuse(at.text(), answer);
        }
        return answer.status == kOk;
    }

    void pushBlob(const RegistryReference& to, const std::string& digest,
                  const std::string& content) {
        const auto start = send(
            to, {.method = "POST", .url = fmt::format("/v2/{}/blobs/uploads/", to.repository)});
        std::string location = start.header("location");
        if (start.status != kAccepted || location.empty()) {
            refuse(fmt::format("an upload to {}", to.text()), start);
        }
        location += (location.find('?') == std::string::npos ? "?" : "&") + ("digest=" + digest);
        const auto done = send(to, {.method = "PUT",
                                    .url = location,
                                    .headers = {"Content-Type: application/octet-stream"},
                                    .body = content});
        if (done.status != kCreated) {
            refuse(fmt::format("a blob for {}", to.text()), done);
        }
    }

  private:
    RegistryOptions options_;
    host::HttpSession session_;
    RegistryAuth auth_;
};

Registry::Registry(RegistryOptions options)
    : connection_(std::make_unique<Connection>(std::move(options))) {}

Registry::~Registry() = default;

Registry::Pushed Registry::push(const std::filesystem::path& package, const RegistryReference& to) {
    const auto identity = Package(package).manifest().identity;
    const std::string content = host::readFile(package, kLargestPackage);
    const std::string digest = digestOfText(content);
    Pushed pushed;
    pushed.blobWasThere = connection_->hasBlob(to, digest);
    if (!pushed.blobWasThere) {
        connection_->pushBlob(to, digest, content);
    }
    if (!connection_->hasBlob(to, digestOfText(kEmptyConfig))) {
        connection_->pushBlob(to, digestOfText(kEmptyConfig), kEmptyConfig);
    }
    const std::string manifest = manifestOf(identity, digest, content.size()).dump();
    pushed.digest = digestOfText(manifest);
    const std::string tag = to.tag.empty() ? registryTag(identity) : to.tag;
    const auto answer =
        connection_->send(to, {.method = "PUT",
                               .url = fmt::format("/v2/{}/manifests/{}", to.repository, tag),
                               .headers = {fmt::format("Content-Type: {}", kManifestType)},
                               .body = manifest});
    if (answer.status != kCreated) {
        refuse(fmt::format("the manifest of {}", to.text()), answer);
    }
    return pushed;
}

std::optional<std::string> Registry::pull(const RegistryReference& from,
                                          const std::filesystem::path& file) {
    const std::string version = from.digest.empty() ? from.tag : from.digest;
    const auto manifest = connection_->send(
        from, {.url = fmt::format("/v2/{}/manifests/{}", from.repository, version),
               .headers = {fmt::format("Accept: {}", kManifestType)}});
    if (manifest.status == kNotFound) {
        return std::nullopt;
    }
    if (manifest.status != kOk) {
        refuse(from.text(), manifest);
    }
    const std::string digest = digestOfText(manifest.body);
    const auto mismatch = [&](const std::string& what) {
        throw host::Error(
            host::Fault::Verification,
            fmt::format("{} of {} does not have the digest that was asked for", what, from.text()),
            "Do not trust the registry, or what lies between.");
    };
    if (!from.digest.empty() && digest != from.digest) {
        mismatch("the manifest");
    }
    const Layer layer = layerOf(manifest.body, from.text());
    const auto blob = connection_->send(
        from, {.url = fmt::format("/v2/{}/blobs/{}", from.repository, layer.digest)}, layer.size);
    if (blob.status != kOk) {
        refuse(fmt::format("the content of {}", from.text()), blob);
    }
    if (digestOfText(blob.body) != layer.digest) {
        mismatch("the content");
    }
    host::writeFileAtomic(file, blob.body);
    return digest;
}

std::vector<std::string> Registry::tags(const RegistryReference& of) {
    std::vector<std::string> tags;
    std::string url = fmt::format("/v2/{}/tags/list?n=1000", of.repository);
    while (!url.empty()) {
        const auto answer = connection_->send(of, {.url = url});
        if (answer.status == kNotFound) {
            return {};
        }
        if (answer.status != kOk) {
            refuse(of.text(), answer);
        }
        const auto document = nlohmann::json::parse(answer.body, nullptr, false);
        const auto list =
            document.is_object() && document.contains("tags") && document["tags"].is_array()
                ? document["tags"]
                : nlohmann::json::array();
        for (const auto& tag : list) {
            tags.push_back(tag.is_string() ? tag.get<std::string>() : "");
        }
        // Link: </v2/…?last=x&n=1000>; rel="next"
        const std::string link = answer.header("link");
        const auto end = link.find('>');
        url = link.starts_with('<') && end != std::string::npos && !list.empty()
                  ? link.substr(1, end - 1)
                  : "";
    }
    std::ranges::sort(tags);
    return tags;
}

} // namespace precompile
