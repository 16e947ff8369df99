/// Detached OpenPGP signatures, checked by gpg.
///
/// Trust is a keyring file AND a pinned primary fingerprint: a good signature by any other key of
/// the ring does not count. A signature that was made while its subkey was valid stays good after
/// the subkey has expired; one by a revoked key, or made after expiry, is refused. A clock that is
/// behind what key and signature say has an Error of its own.
/// gpg and not gpgv: gpgv looks at neither the revocation nor the expiry of a key (gpgv(1)).
#pragma once

#include "host/base/file.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace host {

struct SignatureInfo {
    std::string primaryFingerprint; ///< 40 upper-case hexadecimal digits
    std::string signingFingerprint; ///< of the (sub)key that made it
    std::chrono::system_clock::time_point made;
    bool keyExpiredSince = false; ///< the subkey is expired today
};

/// The one key that is trusted, out of a keyring file.
class PinnedKey {
  public:
    /// `keyring` may be binary or ASCII-armoured, `fingerprint` is that of the primary key. Throws
    /// Error(Fault::Verification), with a sentence of its own, for a keyring that is missing,
    /// empty, a web page, a private key, no key at all, or without the pinned key; Fault::Usage for
    /// a fingerprint that is none. A missing gpg is an Error with the remedy.
    PinnedKey(const std::filesystem::path& keyring, const std::string& fingerprint);

    /// Before the file is fetched: throws Error(Fault::Verification) when the signature is none, or
    /// claims to be by another key.
    void requireSigner(const std::filesystem::path& signature) const;

    /// Throws Error(Fault::Verification) naming signature, key and gpg's reason unless it is a good
    /// signature over `file`.
    [[nodiscard]] SignatureInfo verify(const std::filesystem::path& file,
                                       const std::filesystem::path& signature) const;

  private:
    [[nodiscard]] std::string gpg(std::vector<std::string> arguments) const;
    /// The words of each status line of a verification.
    [[nodiscard]] std::vector<std::vector<std::string>>
    look(const std::filesystem::path& signature, const std::filesystem::path& file) const;
    [[noreturn]] static void refuseSignature(const std::filesystem::path& signature,
                                             const std::string& cause);

    TempDir home_;
    std::string fingerprint_;
};

} // namespace host
