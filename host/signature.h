/// Signatures with ordinary keys, through OpenSSL: Ed25519, ECDSA, or RSA (PKCS#1 v1.5) with
/// SHA-256.
///
/// Keys are PEM files, or PKCS#11 URIs ("pkcs11:token=…;object=…", see pkcs11.h). A private key
/// never leaves the object; errors name where it came from, never what it is. Everything throws
/// Error.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace host {

class PublicKey {
  public:
    /// A PEM file with a public key or a certificate.
    explicit PublicKey(const std::filesystem::path& file);
    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;
    PublicKey(const PublicKey&) = delete;
    PublicKey& operator=(const PublicKey&) = delete;
    ~PublicKey();
    /// SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] bool verify(std::string_view data, std::string_view signature) const;

  private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, Free> key_;
};

class PrivateKey {
  public:
    /// A PEM file without passphrase, or a PKCS#11 URI.
    explicit PrivateKey(const std::string& source);
    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    PrivateKey(const PrivateKey&) = delete;
    PrivateKey& operator=(const PrivateKey&) = delete;
    ~PrivateKey();
    /// Of the public half.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] std::string sign(std::string_view data) const;
    /// For OpenSSL's own functions (CMS); owned by this object.
    [[nodiscard]] evp_pkey_st* get() const noexcept { return key_.get(); }

  private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, Free> key_;
};

std::string toBase64(std::string_view data);
/// Throws Error for anything that is no Base64.
std::string fromBase64(std::string_view text);

} // namespace host
