/// Signatures with ordinary keys, through OpenSSL: Ed25519, Ed448, or with SHA-256 ECDSA and RSA
/// (PKCS#1 v1.5).
///
/// Keys are PEM files, or PKCS#11 URIs ("pkcs11:token=…;object=…", see pkcs11.h). Other kinds of
/// keys, RSA below 2048 bits and curves of less than 112 bits of strength are refused. A private
/// key never leaves the object; errors name where it came from, never what it is. Everything throws
/// Error.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace host {

class PublicKey {
  public:
    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;
    PublicKey(const PublicKey&) = delete;
    PublicKey& operator=(const PublicKey&) = delete;
    ~PublicKey();
    /// SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] bool verify(std::string_view data, std::string_view signature) const;

  private:
    friend std::vector<PublicKey> readPublicKeys(const std::filesystem::path& file);
    friend class PrivateKey;
    explicit PublicKey(evp_pkey_st* key) noexcept;
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, Free> key_;
};

/// All public keys, and those of all certificates, of a PEM file; at least one. A block that is
/// neither, a private key say, is an Error.
std::vector<PublicKey> readPublicKeys(const std::filesystem::path& file);

/// A sentence for people when everybody on this machine can read or replace the private key's file,
/// or the file with the token's PIN; else empty.
std::string exposureOf(const std::string& source);

class PrivateKey {
  public:
    /// A PEM file with one key and without passphrase, or a PKCS#11 URI.
    explicit PrivateKey(const std::string& source);
    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    PrivateKey(const PrivateKey&) = delete;
    PrivateKey& operator=(const PrivateKey&) = delete;
    ~PrivateKey();
    /// Of the public half.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] std::string sign(std::string_view data) const;
    /// Its public half.
    [[nodiscard]] PublicKey publicKey() const;
    /// OpenSSL's name of an ECDSA key's curve ("prime256v1"); empty for other kinds.
    [[nodiscard]] std::string curve() const;
    /// For OpenSSL's own functions (CMS); owned by this object.
    [[nodiscard]] evp_pkey_st* get() const noexcept { return key_.get(); }

  private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, Free> key_;
};

std::string toBase64(std::string_view data);
/// Throws Error for anything that toBase64() does not write.
std::string fromBase64(std::string_view text);

} // namespace host
