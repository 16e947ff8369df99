/// What a package holds and what that was made of, as an SPDX 2.3 document: the member
/// sbom.spdx.json.
///
/// The same input gives the same bytes; the document's namespace is made from its own digest.
/// https://spdx.github.io/spdx-spec/v2.3/
#pragma once

#include "precompile/package/manifest.h"

#include <string>
#include <vector>

namespace precompile {

/// `sha1`: of the finished modules, in the manifest's order; SPDX 2.3 demands it of every file.
std::string sbomOf(const Manifest& manifest, const std::vector<std::string>& sha1);

} // namespace precompile
