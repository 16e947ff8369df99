/// What is known of building the wanted driver on this node, before it is tried.
#pragma once

#include "loader/checks/finding.h"
#include "precompile/package/package_identity.h"

#include <filesystem>

namespace driverctl {

/// By the running kernel's build tree, where the node has it. A problem is what would refuse the
/// build. `mayPatch`: carried patches are used.
loader::Findings buildFindings(const precompile::PackageIdentity& wanted,
                               const std::filesystem::path& sourceDirectory, bool mayPatch);

} // namespace driverctl
