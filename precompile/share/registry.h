/// Packages in an OCI registry: artifacts by the distribution specification 1.1, over HTTP.
///
/// One package is one artifact: a manifest of type application/vnd.driverctl.package.v1 with the
/// package's file as its only layer, an empty config, and the package's identity as annotations.
/// Nothing that the registry has already is sent again; a transfer that breaks goes on where it
/// stopped. Credentials come from the files that docker and podman log-ins write, and are sent to
/// the registry itself only; tokens are fetched as the registry asks for them. What is pulled has
/// the size and digest that the manifest says, and the manifest the digest that was asked for.
///
/// Throws host::Error: Verification for a wrong digest or size, else Failed, with the registry's
/// own words. docs/sharing.md describes it for users.
#pragma once

#include "host/net/http_session.h"
#include "precompile/package/manifest.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace precompile {

/// "oci://registry.example:5000/gpu/modules:TAG" or "…@sha256:…"; without either: the repository.
struct RegistryReference {
    std::string host; ///< with port
    std::string repository;
    std::string tag;
    std::string digest; ///< "sha256:…"; decides when there is a tag as well
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool exact() const { return !tag.empty() || !digest.empty(); }
};

/// Throws host::Error(Fault::Usage) for anything else.
RegistryReference parseReference(const std::string& text);

/// <driver>-<flavour>-<kernel>-<os>-<release>-<architecture>[-TAG], with '_' for '+' and '~'.
/// Throws host::Error(Fault::Usage) when that is too long for a tag.
std::string registryTag(const PackageIdentity& identity);

/// The one among a repository's tags that the wanted package would have, whatever its kernel is: a
/// release has one. Nothing when there is none.
std::optional<std::string> tagOfAnyKernel(const PackageIdentity& wanted,
                                          const std::vector<std::string>& tags);

struct RegistryOptions {
    host::HttpOptions http = {};
    bool plainHttp = false;
    /// Files of the form of docker's config.json, in order of precedence.
    std::vector<std::filesystem::path> authFiles = {};
};

class Registry {
  public:
    explicit Registry(RegistryOptions options);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;
    Registry(Registry&&) = delete;
    Registry& operator=(Registry&&) = delete;

    struct Pushed {
        std::string digest; ///< of the manifest
        enum class Content { WasThere, Mounted, Sent } content = Content::Sent;
    };
    /// Under the reference's tag, or registryTag(). `mountFrom`: another repository of the
    /// registry, which may have the content already; or empty.
    Pushed push(const std::filesystem::path& package, const RegistryReference& to,
                const std::string& mountFrom = {});
    /// Whether the registry has the manifest.
    bool has(const RegistryReference& at);
    /// Fetches the package into `file`, atomically; returns the manifest's digest. Nothing when the
    /// registry has no such manifest.
    std::optional<std::string> pull(const RegistryReference& from,
                                    const std::filesystem::path& file);
    /// Sorted; an unknown repository has none.
    std::vector<std::string> tags(const RegistryReference& of);

  private:
    class Connection;
    std::unique_ptr<Connection> connection_;
};

} // namespace precompile
