/// A package: finished kernel modules for one kernel, in a plain tar. docs/package-format.md
/// describes the bytes.
///
/// Guarantees: a written package appears whole or not at all; the same modules and manifest give
/// the same bytes; a restored module has exactly the bytes that were packed, or there is an
/// Error(Fault::Verification). Reading and writing stream: in memory are at most one module, its
/// compressed form and the core it is a delta against. NVIDIA's cores never travel inside.
#pragma once

#include "host/base/fd.h"
#include "precompile/build/compile.h"
#include "precompile/package/manifest.h"

#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace precompile {

constexpr const char* kProvenanceName = "provenance.json";
constexpr const char* kSbomName = "sbom.spdx.json";

/// Writes the package of `modules` to `file`. The manifest's modules and attachments are filled
/// here. `sign` makes the
/// content of signature.json out of the manifest's bytes; without it the package is unsigned.
/// `objects`: SHA-256 of what the modules were linked from, by path, for the provenance.
void writePackage(const std::filesystem::path& file, Manifest manifest,
                  const std::vector<CompiledModule>& modules, const DriverSource& source,
                  const std::function<std::string(const std::string& manifest)>& sign = {},
                  const std::map<std::string, std::string>& objects = {});

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
