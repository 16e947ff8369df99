/// The keys that update signs with, and matrix for its updates: loaded and checked before anything
/// takes long. A key that everybody on this machine can read is one warning.
///
/// Throws host::Error; Usage for a key without its certificate, or keys that contradict the other
/// options.
#pragma once

#include "host/crypto/module_signature.h"
#include "host/crypto/signature.h"
#include "precompile/package/signing_settings.h"

#include <optional>
#include <string>

namespace driverctl {

struct SigningKeys {
    explicit SigningKeys(const precompile::SigningSettings& settings);

    std::optional<host::ModuleSigner> modules; ///< --sign
    std::optional<host::PrivateKey> package;   ///< --package-key
};

/// The key of --package-key; one that everybody can read is one warning.
host::PrivateKey loadKey(const std::string& source);

} // namespace driverctl
