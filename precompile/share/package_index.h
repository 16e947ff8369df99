/// index.json: what packages a directory holds, for whoever can fetch its files but not list them.
/// docs/sharing.md describes the JSON.
///
/// The reader is strict: an unknown format (named), a missing field, a file outside the directory,
/// a size beyond 512 MiB, a file or an identity that comes twice is host::Error that names `origin`
/// and the entry. Unknown fields are ignored. An index is not signed: it says where to look, and
/// whoever fetches checks the package itself.
#pragma once

#include "precompile/package/manifest.h"
#include "precompile/package/store.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace precompile {

constexpr const char* kIndexName = "index.json";

struct IndexEntry {
    std::string file; ///< relative to the index, with '/'
    std::uint64_t size = 0;
    std::string sha256;
    PackageIdentity identity;
    std::int64_t builtAt = 0; ///< seconds since 1970
    std::vector<std::string> signedBy;
};

/// Entries sorted by file.
std::string indexToJson(std::vector<IndexEntry> entries);
std::vector<IndexEntry> indexFromJson(const std::string& text, const std::string& origin);

/// The entry that fits (an empty kernel fits any).
std::optional<IndexEntry> findInIndex(const std::vector<IndexEntry>& entries,
                                      const PackageIdentity& wanted);

struct WrittenIndex {
    std::vector<IndexEntry> entries;
    std::vector<Store::Verdict> refused; ///< what is not in it, each with its reason
};

/// Writes the index of all packages below the directory, atomically. What nobody could use (a
/// damaged package, a name that no URL can have, a second one for the same) is left out.
WrittenIndex writeIndex(const std::filesystem::path& directory);

} // namespace precompile
