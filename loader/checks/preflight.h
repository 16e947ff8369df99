/// Whether the driver can work on this node, found out before anything is changed: verdicts with
/// one sentence and one remedy each.
///
/// Looks only. What cannot be looked at (securityfs that is not mounted, say) gives no finding.
#pragma once

#include "host/base/roots.h"
#include "loader/checks/finding.h"
#include "loader/checks/flavour_choice.h"
#include "loader/checks/module_signing.h"
#include "loader/driver_modules.h"

#include <filesystem>
#include <string>
#include <vector>

namespace loader {

/// The kernel driver that each NVIDIA device is bound to, and whether the wanted driver knows it in
/// that flavour. With `unbindNouveau` one that nouveau holds is no problem.
Findings checkGpus(const std::vector<host::PciFunction>& functions, const std::string& driver,
                   precompile::Flavour flavour, const SupportedGpus& table,
                   bool unbindNouveau = false);

/// SELinux.
Findings checkSecurity(const host::Roots& roots = {});

/// checkSignatures(), and symbols and their CRCs against what the kernel exports. The modules have
/// to be restored.
SignatureFindings checkModules(const DriverModules& modules,
                               const std::filesystem::path& moduleTree, const SigningFacts& signing,
                               const host::Roots& roots = {});

} // namespace loader
