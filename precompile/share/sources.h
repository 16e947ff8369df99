/// The sources of packages that can be configured: a directory, an HTTP server, an OCI registry.
///
///     /srv/packages                       a directory in the store's layout
///     https://packages.example/nvidia/    a directory with an index.json, over http or https
///     oci://registry.example/gpu/modules  a repository; the tag is made of what is wanted
///     oci://…:TAG, oci://…@sha256:DIGEST  exactly that one
///
/// What arrives has the size and the digest that the index or the registry's manifest says, else
/// host::Error(Verification).
#pragma once

#include "precompile/package/package_source.h"
#include "precompile/share/registry.h"
#include "precompile/share/search_settings.h"

#include <memory>
#include <string>

namespace precompile {

/// Throws host::Error(Fault::Usage) when the text is none of the forms above.
std::unique_ptr<PackageSource> openSource(const std::string& text, const RegistryOptions& options);

/// All that are configured, so that a wrong one is found before anything is fetched. Nobody waits
/// for one as long as `options` say: a node waits for its driver, and there may be another source.
PackageSources openSources(const SearchSettings& settings, RegistryOptions options);

/// True for a source that names one artifact, whatever that is for.
bool namesOnePackage(const std::string& text);

} // namespace precompile
