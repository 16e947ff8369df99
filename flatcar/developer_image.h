/// The developer container image of a release: fetched, verified, decompressed, cached.
///
/// Guarantees: a path that acquireImage() returns leads to the very bytes that came out of a file
/// with a good signature. The compressed file is verified before anything reads it; what comes out
/// is hashed and recorded, and hashed again every time it is taken from the cache (data extents
/// only: the holes of a sparse file cost nothing). What does not match is thrown away and fetched
/// anew. Files appear by rename; a broken transfer is resumed; two processes share one download
/// (flock).
#pragma once

#include "flatcar/release.h"
#include "host/base/address.h"
#include "host/base/observer.h"
#include "host/net/http.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace flatcar {

struct ImageRequest {
    Release release;
    std::vector<host::Address> mirrors;
    std::filesystem::path keyring;
    host::Address keyUrl = {};   ///< where the key is when there is no keyring; or empty
    std::string signingKey;      ///< primary fingerprint
    std::filesystem::path cache; ///< made when missing
    unsigned threads = 0;        ///< 0: one for each processor
    host::HttpOptions http = {}; ///< its `stop` ends decompression and waiting as well
    host::Observer observer = {};
};

struct DeveloperImage {
    std::filesystem::path file; ///< raw, sparse
    std::map<std::string, std::string>
        digests; ///< for the manifest: SHA-512 of the compressed file
};

/// Whether the cache has it: a hint, its digest is not looked at.
bool isCached(const ImageRequest& request);

/// Takes the image out of the cache: it turned out not to be what it was asked for as.
void discardImage(const ImageRequest& request);

/// Throws host::Error when no mirror has the release's image. Fetches the digests file only, which
/// has to name the image.
void requirePublished(const ImageRequest& request);

/// Needs no network when the cache has the image. Throws host::Error; Fault::Verification when
/// signature or digest do not match.
DeveloperImage acquireImage(const ImageRequest& request);

} // namespace flatcar
