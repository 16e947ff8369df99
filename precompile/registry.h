/// Packages in an OCI registry: artifacts by the distribution specification 1.1, over HTTP.
///
/// One package is one artifact: a manifest of type application/vnd.driverctl.package.v1 with the
/// package's file as its only layer, an empty config, and the package's identity as annotations.
/// Nothing that the registry has already is sent again. Credentials come from the files that docker
/// and podman log-ins write; tokens are fetched as the registry asks for them. What is pulled has
/// the digest that the manifest says, and the manifest the one that was asked for.
///
/// Throws host::Error: Verification for a wrong digest, else Failed, with the registry's own words.
#pragma once

#include "host/http_session.h"
#include "precompile/manifest.h"

#include <filesystem>
#include <map>
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
    std::string digest; ///< "sha256:…"
    [[nodiscard]] std::string text() const;
};

/// Throws host::Error(Fault::Usage) for anything else.
RegistryReference parseReference(const std::string& text);

/// <driver>-<flavour>-<kernel>-<os>-<release>-<architecture>[-TAG], cut to what a tag may be: '+'
/// becomes '_'.
std::string registryTag(const PackageIdentity& identity);

struct RegistryOptions {
    host::HttpOptions http;
    bool plainHttp = false; ///< also for hosts that are not loopback
    /// Files of the form of docker's config.json, in order of precedence.
    std::vector<std::filesystem::path> authFiles;
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
        bool blobWasThere = false;
    };
    /// Under the reference's tag, or registryTag().
    Pushed push(const std::filesystem::path& package, const RegistryReference& to);
    /// Fetches the package into `file`, atomically. Nothing when the registry has no such tag.
    std::optional<std::string> pull(const RegistryReference& from,
                                    const std::filesystem::path& file);
    /// Sorted; an unknown repository has none.
    std::vector<std::string> tags(const RegistryReference& of);

  private:
    class Connection;
    std::unique_ptr<Connection> connection_;
};

} // namespace precompile
