/// The key that releases are signed with: out of the keyring that is given or installed, else out
/// of the cache, else fetched.
///
/// Wherever it comes from, only the pinned fingerprint makes it count, so it may come over any way.
/// A fetched key is kept beside the image cache and fetched again when a signature is by a key that
/// it does not have yet: Flatcar gets a new subkey every two years.
#pragma once

#include "flatcar/developer_image.h"
#include "host/crypto/openpgp.h"

#include <filesystem>
#include <optional>

namespace flatcar {

class SigningKey {
  public:
    /// Throws host::Error(Fault::Verification) for a keyring that cannot count, and host::Error
    /// when there is none and none can be fetched. `request` has to outlive it.
    explicit SigningKey(const ImageRequest& request);

    /// As PinnedKey's, with a key that is as new as need be.
    void requireSigner(const std::filesystem::path& signature);
    [[nodiscard]] host::SignatureInfo verify(const std::filesystem::path& file,
                                             const std::filesystem::path& signature) const;

  private:
    void fetch();

    const ImageRequest& request_;
    std::filesystem::path kept_;
    std::optional<host::PinnedKey> key_;
    bool mayBeOld_ = false;
};

} // namespace flatcar
