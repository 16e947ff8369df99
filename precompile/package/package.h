/// A package: finished kernel modules for one kernel, in a plain tar. docs/package-format.md
/// describes the bytes.
///
/// Guarantees: a written package appears whole or not at all; the same modules and manifest give
/// the same bytes; a restored module has exactly the bytes that were packed, or there is an
/// Error(Fault::Verification). Reading and writing stream: in memory are at most one module, its
/// compressed form and the core it is a delta against. NVIDIA's cores never travel inside.
#pragma once

#include "host/base/fd.h"
#include "precompile/package/manifest.h"
#include "precompile/package/module_file.h"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace precompile {

constexpr const char* kProvenanceName = "provenance.json";
constexpr const char* kSbomName = "sbom.spdx.json";

struct PackageContents {
    Manifest manifest;                   ///< but for its modules and attachments
    std::vector<FinishedModule> modules; ///< in the order in which they load
    std::filesystem::path sources;       ///< the driver's source directory, where the cores are
    /// SHA-256 of what the modules were linked from, by path: for the provenance.
    std::map<std::string, std::string> objects = {};
};

/// Makes the content of signature.json out of the manifest's bytes.
using ManifestSigner = std::function<std::string(const std::string& manifest)>;

/// Without `sign` the package is unsigned.
void writePackage(const std::filesystem::path& file, const PackageContents& contents,
                  const ManifestSigner& sign = {});

class Package {
  public:
    /// Reads the manifest only. Throws Error(Fault::Verification) naming the file when it is no
    /// package.
    explicit Package(std::filesystem::path file);

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
    /// The manifest's bytes, which is what is signed: it holds the digest of every module.
    [[nodiscard]] const std::string& manifestText() const noexcept { return manifestText_; }
    /// The signatures' bytes; empty: the package is unsigned.
    [[nodiscard]] const std::string& signatureText() const noexcept { return signatureText_; }

    /// The content of provenance.json or sbom.spdx.json, checked against the manifest's digest.
    [[nodiscard]] std::string attachment(const std::string& member) const;

    /// The finished module in a file in memory. `sources` is the driver's source directory, where
    /// the core is.
    [[nodiscard]] host::Fd restore(const ModuleEntry& module,
                                   const std::filesystem::path& sources) const;

  private:
    std::filesystem::path file_;
    std::string manifestText_;
    std::string signatureText_;
    Manifest manifest_;
};

} // namespace precompile
