/// Detached OpenPGP signatures, checked by gpg.
///
/// Trust is a keyring file AND a pinned primary fingerprint: a good signature by any other key of
/// the ring does not count. A signature that was made while its subkey was valid stays good after
/// the subkey has expired; one by a revoked key, or made after expiry, is refused.
/// gpg and not gpgv: gpgv looks at neither the revocation nor the expiry of a key (gpgv(1)).
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace host {

struct SignatureInfo {
    std::string primaryFingerprint; ///< 40 upper-case hexadecimal digits
    std::string signingFingerprint; ///< of the (sub)key that made it
    std::chrono::system_clock::time_point made;
    bool keyExpiredSince = false; ///< the subkey is expired today
};

/// Throws Error(Fault::Verification) naming file, key and gpg's reason unless `signature` is a
/// good signature over `file` by `primaryFingerprint`. `keyring` may be binary or ASCII-armoured. A
/// missing keyring or gpg is an Error with the remedy.
SignatureInfo verifyDetachedSignature(const std::filesystem::path& file,
                                      const std::filesystem::path& signature,
                                      const std::filesystem::path& keyring,
                                      const std::string& primaryFingerprint);

} // namespace host
