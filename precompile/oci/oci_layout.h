/// The files of an OCI image layout, in a directory or in a plain tar (an oci-archive), read alike.
///
/// Nothing is trusted: links, devices, names that leave the layout and damaged archives are an
/// Error that names image and file. A file's bytes come in pieces and are never held as a whole,
/// except by readLayoutFile(), which has a limit.
#pragma once

#include "host/archive/archive.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace precompile {

constexpr const char* kIndexFile = "index.json";
constexpr const char* kBlobDirectory = "blobs/sha256";
/// Work in progress in a layout's directory, named as host/abandoned.h has it; no part of the
/// layout.
constexpr const char* kLayoutWorkPrefix = ".driverctl-";

struct LayoutFile {
    std::string name; ///< relative to the layout: "blobs/sha256/…"
    std::uint64_t size = 0;
    /// Hands the bytes to the sink; valid while the visit lasts.
    std::function<void(const host::MemberSink&)> read;
};

/// Calls `visit` for each file that `wanted` names: a directory's sorted, an archive's as they
/// come.
void visitLayout(const std::filesystem::path& image,
                 const std::function<bool(const std::string& name)>& wanted,
                 const std::function<void(const LayoutFile&)>& visit);

/// A small file (at most 4 MiB, which is what registries accept of a manifest); nothing when the
/// layout has none of this name.
std::optional<std::string> readLayoutFile(const std::filesystem::path& image,
                                          const std::string& name);

/// "blobs/sha256/<64 digits>" for "sha256:<64 digits>"; an Error for any other digest.
std::string blobName(const std::string& digest);

} // namespace precompile
