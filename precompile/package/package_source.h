/// Where packages come from when the store has none.
///
/// A source gives one package and nothing else but what leads to it. A source that is dead or talks
/// nonsense is host::Error(Failed); what arrives and is not what was announced is
/// host::Error(Verification). What the package is for, whether its modules are sound and who signed
/// it is left to the caller.
#pragma once

#include "precompile/package/package_identity.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace precompile {

class PackageSource {
  public:
    enum class Kind {
        Published, ///< somebody built its packages, and may have signed them
        Imported,  ///< they are made here, of what nobody signed
    };

    PackageSource() = default;
    PackageSource(const PackageSource&) = delete;
    PackageSource& operator=(const PackageSource&) = delete;
    PackageSource(PackageSource&&) = delete;
    PackageSource& operator=(PackageSource&&) = delete;
    virtual ~PackageSource() = default;

    /// As it may be printed.
    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual Kind kind() const { return Kind::Published; }

    /// Whether there is one that fits, by what the source says of its content. Of a reference that
    /// names one artifact: whether that is there, whatever it is for.
    virtual bool has(const PackageIdentity& wanted) = 0;

    /// Puts the package that fits into `file`, atomically. False when the source has none.
    virtual bool fetch(const PackageIdentity& wanted, const std::filesystem::path& file) = 0;
};

/// In the order in which they are asked.
using PackageSources = std::vector<std::unique_ptr<PackageSource>>;

} // namespace precompile
