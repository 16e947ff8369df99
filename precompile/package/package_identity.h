/// What a package is for, and is named after: a target, a driver, a flavour, a tag.
///
/// The parts come from outside: validate() says whether they can be parts of a file name.
#pragma once

#include "distribution/target.h"
#include "precompile/package/driver_settings.h"
#include "precompile/package/flavour.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace precompile {

struct PackageIdentity {
    distribution::Target target; ///< in a lookup its kernel may be empty: any
    std::string driver;
    Flavour flavour = Flavour::Proprietary;
    std::string tag;

    /// nvidia-modules-<driver>-<flavour>-<kernel>[-TAG].tar
    [[nodiscard]] std::string fileName() const;
    /// <osId>-<osRelease>-<architecture>: the store's subdirectory.
    [[nodiscard]] std::string directoryName() const;
    /// "driver 535.261.03 (open) for kernel 6.1.0 of flatcar 4593.2.5 (x86_64)".
    [[nodiscard]] std::string describe() const;
    /// Whether it is what a lookup wants.
    [[nodiscard]] bool fits(const PackageIdentity& wanted) const;
    bool operator==(const PackageIdentity&) const = default;
};

/// The package of the wanted driver for a target. Its flavour has been chosen.
PackageIdentity identityFor(const distribution::Target& target, const DriverSettings& driver);

/// The tags under which the GPU Operator asks for an image with this driver: VERSION-OS, then, for
/// an image with the modules of the target's kernel (usePrecompiled), BRANCH-KERNEL-OS and
/// VERSION-KERNEL-OS; these only where the kernel is known. OS is ID and VERSION_ID, as Node
/// Feature Discovery labels nodes; of RHEL and its kin the major version only.
std::vector<std::string> operatorTags(const PackageIdentity& identity);

/// Flat, as the index, provenance and reports have it: os, release, architecture, kernel, driver,
/// flavour, tag.
nlohmann::ordered_json identityToJson(const PackageIdentity& identity);

/// Whether it can be a part of a package's name: 1 to 128 letters, digits and . _ + - ~, without a
/// dot in front.
bool isNamePart(std::string_view text);

/// Throws host::Error(Fault::Usage) unless every part is one.
void validate(const PackageIdentity& identity);

} // namespace precompile
