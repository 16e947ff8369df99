/// Packages of NVIDIA's mkprecompiled, made into packages of ours, and the other way round.
///
/// An import links once and packs the result, so that every finished module has its SHA-256. The
/// same file gives the same package. It carries no signature of ours.
#pragma once

#include "precompile/build/compile.h"
#include "precompile/build/interface_link.h"
#include "precompile/package/mkprecompiled.h"
#include "precompile/package/package_identity.h"

#include <filesystem>
#include <string>

namespace precompile {

/// With what a legacy package becomes modules.
struct LegacyTools {
    std::filesystem::path sourceDirectory; ///< /usr/src: the cores are below nvidia-<driver>
    std::filesystem::path kernelBuild;     ///< .config, module.lds, Module.symvers; may not exist
    std::string linker = "ld";
    std::string builtBy;          ///< "driverctl 0.1.0 (import)"
    host::Observer observer = {}; ///< is told what is done, and warned of what nobody can tell
};

/// Whether the file is such a package.
bool isLegacyPackage(const std::filesystem::path& file);

class LegacyPackage {
  public:
    /// Reads the file, and what it is for. Throws host::Error, with Fault::Verification for a
    /// damaged one.
    explicit LegacyPackage(std::filesystem::path file);
    LegacyPackage(const LegacyPackage&) = delete;
    LegacyPackage& operator=(const LegacyPackage&) = delete;
    LegacyPackage(LegacyPackage&&) = delete;
    LegacyPackage& operator=(LegacyPackage&&) = delete;
    ~LegacyPackage() = default;

    /// `node` gives operating system, release, architecture and tag, which such a package does not
    /// tell; the rest it does. Throws host::Error(Fault::Usage) as validate().
    [[nodiscard]] PackageIdentity identity(PackageIdentity node) const;

    /// Links its interfaces with the driver's cores and writes the result, a package of ours.
    void pack(const std::filesystem::path& target, const PackageIdentity& identity,
              const LegacyTools& tools) const;

  private:
    std::filesystem::path file_;
    std::string origin_; ///< the file's name for messages
    std::string content_;
    Mkprecompiled package_; ///< refers to content_
    InterfaceTarget target_;
};

/// The interface objects and whole modules of a compile, as mkprecompiled packs them. By what
/// /proc/version says of the kernel NVIDIA's programs find the package; it may be empty.
void writeLegacyPackage(const std::filesystem::path& file, const PackageIdentity& identity,
                        const CompiledModules& compiled, const std::string& procVersion);

} // namespace precompile
