/// Packages into a container image without a container engine: one more layer, then new config,
/// manifest and index, as the OCI image specification 1.1 has them.
///
/// Guarantees: the same image, packages and time give the same bytes. Blobs that are there are not
/// changed; the new ones are on disk before the index, which names them, is replaced by rename: a
/// kill at any moment leaves the old image or the new one. An archive that is replaced keeps its
/// mode, its owner as far as this process may, and links to it. Every blob of the image is read and
/// compared with its digest first. Layers are streamed.
///
/// Throws host::Error: Verification for a damaged or hostile layout, Usage for an image that is not
/// of the kind, name or architecture that is needed.
#pragma once

#include "precompile/package/package.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace precompile {

struct ImageChange {
    std::filesystem::path image;     ///< a layout's directory, or an oci-archive
    std::filesystem::path output;    ///< an oci-archive to write; empty: `image` is changed
    std::string reference;           ///< which image of several; empty: the only one
    std::filesystem::path storePath; ///< inside the image
    std::int64_t time = 0;           ///< of the layer, seconds since 1970
};

struct ChangedImage {
    std::string manifest; ///< its digest, "sha256:…"
    std::string layer;    ///< its digest
    bool layerWasThere = false;
};

/// The image with `packages` (at least one, all of one architecture). An image that has the same
/// layer already stays as it is.
ChangedImage addPackages(const ImageChange& change, const std::vector<Package>& packages);

} // namespace precompile
