/// The manifest of a package: what it is for, what it holds, what it was made from.
/// docs/package-format.md describes the JSON.
///
/// manifestFromJson() is strict: a missing field, a wrong type, an unknown format version, a path
/// that leaves its directory, a name that two members share is an Error that names the field.
/// Unknown fields are ignored, so that a later driverctl may add some without a new format version.
#pragma once

#include "precompile/package/package_identity.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace precompile {

/// 9999-12-31T23:59:59Z: later ones have no place in an ISO 8601 date of four digits.
constexpr std::int64_t kLatestBuildTime = 253'402'300'799;
/// Whether it can be a package's `built_at`.
bool isBuildTime(std::int64_t seconds);

constexpr const char* kManifestName = "manifest.json";
constexpr const char* kPatchInput = "patch/"; ///< begins the name of an input that is a patch
constexpr const char* kSignatureName = "signature.json"; ///< optional, the second member

enum class Encoding {
    Zstd,      ///< its own zstd frame
    ZstdDelta, ///< a zstd frame with the core as prefix
};

struct CoreReference {
    std::filesystem::path object; ///< relative to the driver's source directory
    std::string sha256;
};

struct ModuleEntry {
    std::string name;   ///< "nvidia-uvm"
    std::string member; ///< of the archive
    Encoding encoding = Encoding::Zstd;
    std::uint64_t size = 0;
    std::string sha256; ///< of the finished module
    std::string vermagic;
    std::string sourceVersion;
    std::vector<std::string> depends;
    std::optional<CoreReference> core; ///< with ZstdDelta
};

/// A member that tells about the modules: provenance, bill of materials.
struct AttachmentEntry {
    std::string member;
    std::uint64_t size = 0;
    std::string sha256;
};

struct Manifest {
    PackageIdentity identity;
    std::string compiler;
    std::string linker;
    std::string builtBy;                       ///< "driverctl 0.1.0"
    std::int64_t builtAt = 0;                  ///< seconds since the epoch
    std::map<std::string, std::string> inputs; ///< SHA-256 or SHA-512 by name
    std::vector<ModuleEntry> modules;          ///< in the order in which they load
    std::vector<AttachmentEntry> attachments;  ///< older packages have none
};

std::string toJson(const Manifest& manifest);

/// `origin` names the package in errors.
Manifest manifestFromJson(const std::string& text, const std::string& origin);

} // namespace precompile
