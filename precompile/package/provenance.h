/// Where a package's modules come from, as an in-toto statement (v1) with a SLSA provenance
/// predicate (v1): the member provenance.json.
///
/// Says nothing that the manifest does not say, but for the objects; the same manifest and objects
/// give the same bytes. https://slsa.dev/spec/v1.0/provenance
#pragma once

#include "precompile/package/manifest.h"

#include <map>
#include <string>

namespace precompile {

/// `objects`: SHA-256 of what the modules were linked from, by path.
std::string provenanceOf(const Manifest& manifest,
                         const std::map<std::string, std::string>& objects);

} // namespace precompile
