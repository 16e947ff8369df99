/// Detached OpenPGP signatures, checked by gpgv.
///
/// Trust is a keyring file AND a pinned primary fingerprint: a good signature by any other key of
/// the ring does not count. A signature that was made while its subkey was valid stays good after
/// the subkey has expired; one by a revoked key, or made after expiry, is refused.
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

/// Throws Error(Fault::Verification) naming file, key and gpgv's reason unless `signature` is a
/// good signature over `file` by `primaryFingerprint`. `keyring` may be binary or ASCII-armoured. A
/// missing keyring or gpgv is an Error with the remedy.
SignatureInfo verifyDetachedSignature(const std::filesystem::path& file,
                                      const std::filesystem::path& signature,
                                      const std::filesystem::path& keyring,
                                      const std::string& primaryFingerprint);

} // namespace host
