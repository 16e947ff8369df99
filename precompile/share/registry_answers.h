/// What is said to and by OCI registries, as pure functions: text in, values out.
///
/// References, tags, the manifest of an artifact, lists of tags, headers. Whatever a registry says
/// is hostile until it went through here: each function is strict, bounded, and throws host::Error
/// that names `origin` and the cause. Private to registry.cpp, registry_auth.cpp and tests.
#pragma once

#include "precompile/package/manifest.h"
#include "precompile/share/registry.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

constexpr const char* kRegistryManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kRegistryEmptyConfig = "{}";

constexpr const char* kLogInRemedy =
    "Log in with docker or podman so that the credentials are in a file (credential helpers are "
    "not run), or name a file that has them with {auth-file}.";

/// The manifest of the artifact whose only layer is a package with this digest and size. The same
/// package gives the same bytes.
std::string artifactManifest(const PackageIdentity& identity, const std::string& digest,
                             std::uint64_t size);

struct ArtifactLayer {
    std::string digest; ///< "sha256:…"
    std::uint64_t size = 0;
};
/// The layer of a manifest like artifactManifest()'s.
ArtifactLayer artifactLayer(const std::string& manifest, const std::string& origin);

/// The answer to a question for tags. Names that are no tags are an Error.
std::vector<std::string> tagsIn(const std::string& document, const std::string& origin);

/// The address of the next page out of a Link header (RFC 8288); nothing when there is none.
std::optional<std::string> nextPage(const std::string& link);

/// Bytes that an upload session has, out of its Range header ("0-1023"); nothing when it says none
/// or nonsense. "0-0" is what registries say of an empty session: it counts as 0.
std::uint64_t uploadedBytes(const std::string& range);

/// ": CODE message" out of a registry's error document, printable and at most a line; else empty.
std::string registryWords(const std::string& document);

} // namespace precompile
