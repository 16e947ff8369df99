/// Where packages come from when the store has none: a directory, an HTTP server, an OCI registry.
///
///     /srv/packages                       a directory in the store's layout
///     https://packages.example/nvidia/    a directory with an index.json, over http or https
///     oci://registry.example/gpu/modules  a repository; the tag is made of what is wanted
///     oci://…:TAG, oci://…@sha256:DIGEST  exactly that one
///
/// A source fetches one package and nothing else but what leads to it. What arrives has the size
/// and the digest that the index or the registry's manifest says, else host::Error(Verification); a
/// source that is dead or talks nonsense is host::Error(Failed). What the package is for, whether
/// its modules are sound and who signed it is left to the caller.
#pragma once

#include "precompile/package/manifest.h"
#include "precompile/share/registry.h"

#include <filesystem>
#include <memory>
#include <string>

namespace precompile {

class PackageSource {
  public:
    PackageSource() = default;
    PackageSource(const PackageSource&) = delete;
    PackageSource& operator=(const PackageSource&) = delete;
    PackageSource(PackageSource&&) = delete;
    PackageSource& operator=(PackageSource&&) = delete;
    virtual ~PackageSource() = default;

    /// Whether there is one that fits, by what the source says of its content. Of a reference that
    /// names one artifact: whether that is there, whatever it is for.
    virtual bool has(const PackageIdentity& wanted) = 0;

    /// Puts the package that fits into `file`, atomically. False when the source has none.
    virtual bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) = 0;
};

/// Throws host::Error(Fault::Usage) when the text is none of the forms above.
std::unique_ptr<PackageSource> openSource(const std::string& text, const RegistryOptions& options);

/// True for a source that names one artifact, whatever that is for.
bool namesOnePackage(const std::string& text);

} // namespace precompile
