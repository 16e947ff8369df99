/// The certificates in the kernel's keyrings, as /proc/keys lists them.
///
/// /proc/keys does not say which keyring holds a key: keyctl(2) does, to root. What a process may
/// not see is left out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace host {

struct KernelKey {
    /// "SUBJECT: ID", where SUBJECT is "ORGANISATION: NAME" or one of them, and the ID is the
    /// subject key id, or the serial number of a certificate without one
    /// (crypto/asymmetric_keys/x509_public_key.c).
    std::string description;
    std::vector<std::string> keyrings = {}; ///< ".builtin_trusted_keys"; none: unknown
};

/// What a keyring holds; nothing when it may not be read.
using KeyringReader = std::function<std::optional<std::vector<std::int32_t>>(std::int32_t keyring)>;

/// KEYCTL_READ.
std::optional<std::vector<std::int32_t>> readKeyring(std::int32_t keyring);

std::vector<KernelKey> kernelKeys(const std::filesystem::path& proc = "/proc",
                                  const KeyringReader& reader = readKeyring);

} // namespace host
