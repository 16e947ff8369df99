/// What is known of building the wanted driver on this node, before it is tried.
#pragma once

#include "driverctl/cli/settings.h"
#include "loader/checks/finding.h"
#include "precompile/package/package_identity.h"

namespace driverctl {

/// Whether somebody has the package already: then only what comes after building it counts.
enum class PackageIs { Missing, Built };

/// By the running kernel's build tree, where the node has it. A problem is what would refuse the
/// build; forced, it is a warning.
loader::Findings buildFindings(const precompile::PackageIdentity& wanted, const Settings& settings,
                               PackageIs package = PackageIs::Missing);

} // namespace driverctl
