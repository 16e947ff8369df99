/// A package: finished kernel modules for one kernel, in a plain tar. docs/package-format.md
/// describes the bytes.
///
/// Guarantees: a written package appears whole or not at all; the same modules and manifest give
/// the same bytes; a restored module has exactly the bytes that were packed, or there is an
/// Error(Fault::Verification). Reading streams: one member and the mapped core are in memory at a
/// time. NVIDIA's cores never travel inside.
#pragma once

#include "host/fd.h"
#include "precompile/compile.h"
#include "precompile/manifest.h"

#include <filesystem>
#include <functional>
#include <string>

namespace precompile {

constexpr const char* kManifestName = "manifest.json";
constexpr const char* kSignatureName = "signature.json"; ///< optional, the second member

/// Writes the package of `modules` to `file`. `manifest.modules` is filled here. `sign` makes the
/// content of signature.json out of the manifest's bytes; without it the package is unsigned.
void writePackage(const std::filesystem::path& file, Manifest manifest,
                  const std::vector<CompiledModule>& modules, const DriverSource& source,
                  const std::function<std::string(const std::string& manifest)>& sign = {});

class Package {
  public:
    /// Reads the manifest only. Throws Error naming the file when it is no package.
    explicit Package(std::filesystem::path file);

    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
    /// The manifest's bytes, which is what is signed: it holds the digest of every module.
    [[nodiscard]] const std::string& manifestText() const noexcept { return manifestText_; }
    /// The signatures' bytes; empty: the package is unsigned.
    [[nodiscard]] const std::string& signatureText() const noexcept { return signatureText_; }

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
