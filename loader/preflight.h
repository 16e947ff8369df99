/// Whether the driver can work on this node, found out before anything is changed: verdicts with
/// one sentence and one remedy each.
///
/// Looks only. What cannot be looked at (securityfs that is not mounted, say) gives no finding.
#pragma once

#include "loader/driver_modules.h"
#include "loader/flavour_choice.h"
#include "loader/loaded_driver.h"

#include <filesystem>
#include <string>
#include <vector>

namespace loader {

enum class Severity {
    Good,
    Warning, ///< works, but not as somebody may expect
    Problem, ///< the driver cannot be loaded
};

struct Finding {
    Severity severity = Severity::Good;
    std::string topic; ///< "gpu", "kernel", "modules", …
    std::string text;
    std::string remedy = {};
};

/// The driver that each NVIDIA device is bound to, and its flavour.
std::vector<Finding> checkGpus(const std::vector<host::PciFunction>& functions,
                               precompile::Flavour flavour, const SupportedGpus& table);

/// Secure boot, lockdown, module signature enforcement, SELinux.
std::vector<Finding> checkKernel(const Roots& roots = {});

/// Signatures against what the kernel enforces and whom its keyrings know. That a signer seems
/// unknown is a warning only: a signature does not name the certificate's subject, and the kernel
/// decides. The modules have to be restored.
std::vector<Finding> checkSignatures(const DriverModules& modules, const Roots& roots = {});

/// checkSignatures(), and symbols and their CRCs against what the kernel exports. The modules have
/// to be restored.
std::vector<Finding> checkModules(const DriverModules& modules,
                                  const std::filesystem::path& moduleTree, const Roots& roots = {});

/// Throws host::Error(Fault::NotLoadable) with every problem among the findings.
void requireNoProblem(const std::vector<Finding>& findings);

} // namespace loader
