/// The hook enable-cuda-compat: an image that brings a newer libcuda (/usr/local/cuda/compat) than
/// the host's driver has, as NVIDIA's package cuda-compat, gets it before the driver's.
///
/// Whether it works with this driver the library says itself, in an ELF note; it is asked when the
/// host's CUDA version is known. Older ones say nothing: then the driver's major version decides.
#pragma once

#include "toolkit/hooks/container_root.h"

#include <filesystem>
#include <optional>
#include <string>

namespace toolkit {

/// What the host has; a version that is not known is empty.
struct HostVersions {
    std::string driver; ///< "535.261.03"
    std::string cuda;   ///< "12.2"
};

/// What the image brings.
struct CompatibilityLibrary {
    std::string driver; ///< of its name: libcuda.so.<driver>
    std::string cuda;   ///< of its note; empty: it has none
    bool operator==(const CompatibilityLibrary&) const = default;
};

/// The newest one; nothing when the image has none.
std::optional<CompatibilityLibrary> findCompatibilityLibrary(const ContainerRoot& root);

/// Whether it is newer. Versions are compared by component, as numbers.
bool isNewer(const CompatibilityLibrary& library, const HostVersions& host);

/// Puts its folder first in the linker's configuration; update-ldcache has to come later. Throws
/// host::SystemError.
void enableCudaCompatibility(const ContainerRoot& root, const HostVersions& host);

} // namespace toolkit
