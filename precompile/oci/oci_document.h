/// The JSON documents of an OCI image layout: which manifest of a layout is the image that is
/// meant, and what of it changes when a layer is added.
///
/// Unknown fields and the order of all fields stay. A document that does not have the form is an
/// Error(Fault::Verification) that names image and document; an image that is not the kind, name or
/// architecture that is needed is an Error(Fault::Usage).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace precompile {

using OrderedJson = nlohmann::ordered_json;

/// An index and which of its entries leads to the image.
struct IndexLevel {
    OrderedJson document;
    std::size_t entry = 0;
};

/// One image of a layout.
// NOLINTNEXTLINE(bugprone-exception-escape): nlohmann's move constructor is declared noexcept
struct ImageDocuments {
    std::vector<IndexLevel> indexes; ///< index.json first; a second one where platforms have one
    OrderedJson manifest;
    OrderedJson config;
    /// Blobs that the image consists of: sizes by file name.
    std::map<std::string, std::uint64_t> blobs;
};

/// The image that is called `reference` (empty: the only one) for `architecture`, as uname -m has
/// it.
ImageDocuments findImage(const std::filesystem::path& image, const std::string& reference,
                         const std::string& architecture);

struct NewLayer {
    std::string digest; ///< "sha256:…"; uncompressed, so that it is its diff ID too
    std::uint64_t size = 0;
    std::int64_t time = 0; ///< seconds since 1970
    std::string comment;   ///< for the image's history
};

bool hasLayer(const ImageDocuments& documents, const std::string& digest);

/// What has to be written: the blobs by file name, then index.json.
struct NewDocuments {
    std::map<std::string, std::string> blobs;
    std::string manifestDigest;
    std::string index;
};
NewDocuments withLayer(ImageDocuments documents, const NewLayer& layer);

/// "sha256:…" of the manifest that the last index names.
std::string manifestDigest(const ImageDocuments& documents);

} // namespace precompile
