/// An image layer that holds packages where a store has them: <store>/<os>-<release>-<arch>/<file>.
///
/// The layer is a plain tar: packages are compressed already, gzip would save less than 1 %, and
/// without a compressor the same packages give the same digest whatever zlib is installed. Every
/// engine has to accept it (OCI image specification, application/vnd.oci.image.layer.v1.tar).
/// Sorted; owner and group 0, mode 0644 (directories 0755), one time stamp. The store itself and
/// what is above it are no members, so that the image's own directories stay as they are.
#pragma once

#include "precompile/package/package.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

/// Writes the layer to `file`, atomically. Throws host::Error(Fault::Usage) for a store path that
/// is not absolute and for two packages that are for the same.
void writePackageLayer(const std::filesystem::path& file, const std::vector<Package>& packages,
                       const std::filesystem::path& storePath, std::int64_t timestamp);

/// SOURCE_DATE_EPOCH where it is set (not 0), else when the newest of the packages was built.
std::int64_t layerTime(const std::vector<Package>& packages, unsigned sourceDateEpoch);

} // namespace precompile
