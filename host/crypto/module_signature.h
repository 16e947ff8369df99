/// Kernel module signatures as scripts/sign-file of the kernel makes them: a detached CMS signature
/// (PKCS#7) without attributes, appended to the module with struct module_signature and a marker.
/// The bytes are sign-file's own. Source: Documentation/admin-guide/module-signing.rst,
/// scripts/sign-file.c. Everything throws Error.
#pragma once

#include "host/base/fd.h"
#include "host/crypto/signature.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

struct x509_st;
struct evp_md_st;

namespace host {

/// Who signed a module, as the signature says and modinfo shows it. The certificate is not in the
/// signature.
struct ModuleSignature {
    std::string issuer; ///< who issued the signer's certificate: its common name, or its
                        ///< organisation; itself when self-signed. Empty: `id` is no serial number
    std::string id;     ///< serial number of the certificate, or its subject key id; "09:24:29:…"
    bool operator==(const ModuleSignature&) const = default;
};

/// A key with the certificate that belongs to it, checked when they are given.
class ModuleSigner {
  public:
    /// `key` as for PrivateKey, RSA or ECDSA on a curve that kernels know; `certificate` is an
    /// X.509 certificate in PEM or DER, whose dates no kernel looks at; `hash` one of sha256,
    /// sha384, sha512. Anything else, or a certificate of another key, is an Error.
    ModuleSigner(const std::string& key, const std::filesystem::path& certificate,
                 const std::string& hash);
    /// Appends the signature; the file is replaced atomically. A module that is signed already is
    /// an Error.
    void sign(const std::filesystem::path& module) const;
    /// What moduleSignature() finds in a module that this signed.
    [[nodiscard]] ModuleSignature signature() const;

  private:
    struct Free {
        void operator()(x509_st* certificate) const noexcept;
    };
    PrivateKey key_;
    std::unique_ptr<x509_st, Free> certificate_;
    const evp_md_st* digest_;
};

/// Nothing when the module carries none. One that cannot be parsed is an Error (NotLoadable: the
/// kernel refuses such a module even where it asks for no signature). Verifies nothing. `name` is
/// the module's, for errors.
std::optional<ModuleSignature> moduleSignature(const Fd& module, const std::string& name);

} // namespace host
