#include "precompile/share/registry.h"

#include "host/base/address.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/net/http_status.h"
#include "host/net/url.h"
#include "precompile/oci/oci_digest.h"
#include "precompile/package/package.h"
#include "precompile/share/limits.h"
#include "precompile/share/registry_answers.h"
#include "precompile/share/registry_auth.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace precompile {

namespace {

using namespace host::http_status;

constexpr std::size_t kLargestManifest = 4 << 20; ///< what the specification lets registries refuse
constexpr std::size_t kMostPages = 100;           ///< of tags, a thousand each
constexpr const char* kDistrust = "Do not trust the registry, or what lies between.";
constexpr const char* kBytes = "Content-Type: application/octet-stream";

[[noreturn]] void refuse(const std::string& what, const host::HttpAnswer& answer) {
    const bool denied = answer.status == kUnauthorized || answer.status == kForbidden;
    throw host::Error(fmt::format("the registry refuses {}: {} answered HTTP status {}{}", what,
                                  host::originOf(answer.url.secret()), answer.status,
                                  registryWords(answer.body)),
                      denied ? kLogInRemedy : "Check the reference.");
}

void requireDigest(std::string_view content, const std::string& digest, const std::string& what) {
    if (const std::string is = ociDigest(content); is != digest) {
        throw host::Error(host::Fault::Verification,
                          fmt::format("{} has the digest {}, not {}", what, is, digest), kDistrust);
    }
}

} // namespace

/// Requests to one registry, with whatever authentication it asks for.
class Registry::Connection {
  public:
    explicit Connection(RegistryOptions options)
        : options_(std::move(options)), session_(options_.http), auth_(options_.authFiles) {}

    /// `request.url` is absolute, or a path on the registry.
    host::HttpAnswer send(const RegistryReference& to, host::HttpRequest request) {
        request.url = resolve(to, request.url.secret());
        if (request.beforeRepeat) {
            request.beforeRepeat = [this, &to, before = request.beforeRepeat](auto& again) {
                before(again);
                authorize(to, again);
            };
        }
        authorize(to, request);
        auto answer = session_.send(request);
        if (answer.status == kUnauthorized && isRegistry(to, answer.url) &&
            auth_.accept(to, base(to), answer.header("www-authenticate"), session_)) {
            authorize(to, request);
            answer = session_.send(request);
        }
        return answer;
    }

    bool hasBlob(const RegistryReference& at, const std::string& digest) {
        const auto answer = send(
            at, {.method = "HEAD", .url = fmt::format("/v2/{}/blobs/{}", at.repository, digest)});
        if (answer.status != kOk && answer.status != kNotFound) {
            refuse(at.text(), answer);
        }
        return answer.status == kOk;
    }

    /// Makes the registry have the blob.
    Pushed::Content pushBlob(const RegistryReference& to, const std::string& digest,
                             std::string_view content, const std::string& mountFrom) {
        if (hasBlob(to, digest)) {
            return Pushed::Content::WasThere;
        }
        const std::string mount =
            mountFrom.empty() ? "" : fmt::format("?mount={}&from={}", digest, mountFrom);
        const auto start =
            send(to, {.method = "POST",
                      .url = fmt::format("/v2/{}/blobs/uploads/{}", to.repository, mount)});
        if (start.status == kCreated && !mount.empty()) {
            return Pushed::Content::Mounted;
        }
        const std::string end = upload(to, sessionOf(to, start), content);
        const auto done = send(
            to,
            {.method = "PUT", .url = host::withQuery(end, "digest", digest), .headers = {kBytes}});
        if (done.status != kCreated && !hasBlob(to, digest)) { // the answer may have been lost
            refuse(fmt::format("a blob for {}", to.text()), done);
        }
        return Pushed::Content::Sent;
    }

    /// The answer to GET or HEAD of a manifest; nothing when the registry has none.
    std::optional<host::HttpAnswer> manifest(const std::string& method,
                                             const RegistryReference& at) {
        const std::string version = at.digest.empty() ? at.tag : at.digest;
        auto answer = send(at, {.method = method,
                                .url = fmt::format("/v2/{}/manifests/{}", at.repository, version),
                                .headers = {fmt::format("Accept: {}", kRegistryManifestType)},
                                .limit = kLargestManifest});
        if (answer.status == kNotFound) {
            return std::nullopt;
        }
        if (answer.status != kOk) {
            refuse(at.text(), answer);
        }
        return answer;
    }

    std::string fetchBlob(const RegistryReference& from, const ArtifactLayer& layer) {
        const auto blob =
            send(from, {.url = fmt::format("/v2/{}/blobs/{}", from.repository, layer.digest),
                        .limit = layer.size,
                        .tooLarge = host::Fault::Verification,
                        .resume = true});
        if (blob.status != kOk) {
            refuse(fmt::format("the content of {}", from.text()), blob);
        }
        const std::string what = fmt::format("the content of {}", from.text());
        if (blob.body.size() != layer.size) {
            throw host::Error(
                host::Fault::Verification,
                fmt::format("{} has {} bytes, not {}", what, blob.body.size(), layer.size),
                kDistrust);
        }
        requireDigest(blob.body, layer.digest, what);
        return blob.body;
    }

    /// The next page's address: on this registry, or it is refused.
    [[nodiscard]] std::string sameRegistry(const RegistryReference& to,
                                           const std::string& url) const {
        std::string resolved = resolve(to, url);
        if (host::originOf(resolved) != host::originOf(base(to))) {
            throw host::Error(fmt::format("{} sends on to another server, {}", to.text(),
                                          host::originOf(resolved)),
                              kDistrust);
        }
        return resolved;
    }

  private:
    [[nodiscard]] std::string base(const RegistryReference& to) const {
        // The one registry whose name is not its address.
        const std::string server = to.host == "docker.io" ? "registry-1.docker.io" : to.host;
        return fmt::format("{}://{}", options_.plainHttp ? "http" : "https", server);
    }

    [[nodiscard]] std::string resolve(const RegistryReference& to, const std::string& url) const {
        std::string resolved = host::resolveUrl(base(to), url);
        if (!options_.plainHttp && !resolved.starts_with("https:")) {
            throw host::Error(fmt::format("{} sends on to an address without TLS, {}", to.text(),
                                          host::originOf(resolved)),
                              kDistrust);
        }
        return resolved;
    }

    /// A registry may send uploads and blobs elsewhere; the credentials are for itself.
    void authorize(const RegistryReference& to, host::HttpRequest& request) const {
        std::erase_if(request.headers, [](const std::string& header) {
            return header.starts_with("Authorization:");
        });
        const std::string header = auth_.header(to);
        if (!header.empty() && isRegistry(to, request.url)) {
            request.headers.push_back("Authorization: " + header);
        }
    }

    /// Anybody else may ask for credentials as well: who has been sent on to, for his own use.
    [[nodiscard]] bool isRegistry(const RegistryReference& to, const host::Address& url) const {
        return host::originOf(url.secret()) == host::originOf(base(to));
    }

    /// The address of an upload session out of the answer that opened it or said how far it is.
    [[nodiscard]] std::string sessionOf(const RegistryReference& to,
                                        const host::HttpAnswer& answer) const {
        const std::string location = answer.header("location");
        if ((answer.status != kAccepted && answer.status != kNoContent) || location.empty()) {
            refuse(fmt::format("an upload to {}", to.text()), answer);
        }
        return resolve(to, location);
    }

    /// Sends the content into the session, returns the session's last address. The first attempt
    /// sends all of it in one piece, which every registry takes. When it breaks, the registry is
    /// asked how much it has, and gets the rest; one that does not know the session any more (as
    /// distribution 2.8, which drops a session that broke in the middle) gets a new one.
    std::string upload(const RegistryReference& to, std::string session, std::string_view content) {
        const auto goOn = [&](host::HttpRequest& request) {
            const auto status = send(to, {.url = session});
            std::uint64_t sent = 0;
            if (status.status == kNoContent) {
                sent =
                    std::min<std::uint64_t>(uploadedBytes(status.header("range")), content.size());
                session = status.header("location").empty() ? session : sessionOf(to, status);
            } else {
                session = sessionOf(
                    to, send(to, {.method = "POST",
                                  .url = fmt::format("/v2/{}/blobs/uploads/", to.repository)}));
            }
            request.url = session;
            request.body = content.substr(sent);
            request.headers = {kBytes};
            if (sent > 0 && !request.body.empty()) {
                request.headers.push_back(
                    fmt::format("Content-Range: {}-{}", sent, content.size() - 1));
            }
        };
        const auto answer = send(to, {.method = "PATCH",
                                      .url = session,
                                      .headers = {kBytes},
                                      .body = content,
                                      .beforeRepeat = goOn});
        return sessionOf(to, answer);
    }

    RegistryOptions options_;
    host::HttpSession session_;
    RegistryAuth auth_;
};

Registry::Registry(RegistryOptions options)
    : connection_(std::make_unique<Connection>(std::move(options))) {}

Registry::~Registry() = default;

Registry::Pushed Registry::push(const std::filesystem::path& package, const RegistryReference& to,
                                const std::string& mountFrom) {
    const auto identity = Package(package).manifest().identity;
    const std::string content = host::readFile(package, kLargestPackage);
    const std::string digest = ociDigest(content);
    const std::string manifest = artifactManifest(identity, digest, content.size());
    const std::string tag = to.tag.empty() ? registryTag(identity) : to.tag;

    Pushed pushed{.digest = ociDigest(manifest)};
    pushed.content = connection_->pushBlob(to, digest, content, mountFrom);
    connection_->pushBlob(to, ociDigest(kRegistryEmptyConfig), kRegistryEmptyConfig, mountFrom);
    const auto answer =
        connection_->send(to, {.method = "PUT",
                               .url = fmt::format("/v2/{}/manifests/{}", to.repository, tag),
                               .headers = {fmt::format("Content-Type: {}", kRegistryManifestType)},
                               .body = manifest});
    if (answer.status != kCreated) {
        refuse(fmt::format("the manifest of {}", to.text()), answer);
    }
    return pushed;
}

bool Registry::has(const RegistryReference& at) {
    return connection_->manifest("HEAD", at).has_value();
}

std::optional<std::string> Registry::pull(const RegistryReference& from,
                                          const std::filesystem::path& file) {
    const auto manifest = connection_->manifest("GET", from);
    if (!manifest) {
        return std::nullopt;
    }
    if (!from.digest.empty()) {
        requireDigest(manifest->body, from.digest, fmt::format("the manifest of {}", from.text()));
    }
    const ArtifactLayer layer = artifactLayer(manifest->body, from.text());
    host::writeFileAtomic(file, connection_->fetchBlob(from, layer));
    return ociDigest(manifest->body);
}

std::vector<std::string> Registry::tags(const RegistryReference& of) {
    std::vector<std::string> tags;
    std::string url = fmt::format("/v2/{}/tags/list?n=1000", of.repository);
    for (std::size_t page = 0; !url.empty(); ++page) {
        if (page == kMostPages) {
            throw host::Error(
                fmt::format("{} has more than {} pages of tags", of.text(), kMostPages), kDistrust);
        }
        const auto answer = connection_->send(of, {.url = url, .limit = kLargestManifest});
        if (answer.status == kNotFound) {
            return {};
        }
        if (answer.status != kOk) {
            refuse(of.text(), answer);
        }
        const auto list = tagsIn(answer.body, of.text());
        std::ranges::copy(list, std::back_inserter(tags));
        const auto next = nextPage(answer.header("link"));
        url = next && !list.empty() ? connection_->sameRegistry(of, *next) : "";
    }
    std::ranges::sort(tags);
    return tags;
}

} // namespace precompile
