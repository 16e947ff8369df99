/// Module signatures on a node: what the kernel demands, whose keys it knows, where it takes keys
/// from, and what follows for a package's modules.
///
/// lookAtSigning() reads; everything else is pure.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/kernel_config.h"
#include "host/kernel/kernel_keys.h"
#include "loader/checks/finding.h"
#include "loader/driver_modules.h"

#include <optional>
#include <string>
#include <vector>

namespace loader {

struct SigningFacts {
    bool secureBoot = false;
    std::string lockdown; ///< none, integrity, confidentiality; empty: unknown
    bool enforced = false;
    std::vector<host::KernelKey> keys; ///< that count for modules, as far as that can be seen
    std::optional<host::KernelConfig> config;
};

/// `kernel` is uname -r, for its configuration.
SigningFacts lookAtSigning(const std::string& kernel, const host::Roots& roots = {});

/// What can make the kernel take somebody's modules, by its configuration.
std::string signingAdvice(const SigningFacts& facts);

/// Secure boot, lockdown, and whether modules have to be signed, by whom. That they have to be is
/// good when `signerKnown`: the modules at hand are.
Findings checkEnforcement(const SigningFacts& facts, bool signerKnown);

struct SignatureFindings {
    Findings findings;
    bool signerKnown = false; ///< every module is signed, by certificates that the kernel knows
};

/// Signatures against what the kernel enforces and whom its keyrings know. That a signer seems
/// unknown is a warning only: a signature does not name the certificate's subject, and the kernel
/// decides. The modules have to be restored.
SignatureFindings checkSignatures(const DriverModules& modules, const SigningFacts& facts);

} // namespace loader
