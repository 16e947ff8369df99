/// Private keys in a token (HSM, smart card), named by PKCS#11 URIs (RFC 7512).
///
/// Two ways lead there, tried in order: a provider that the OpenSSL configuration activates
/// (pkcs11-provider), then libp11's engine "pkcs11", which is what distributions with OpenSSL 3.0
/// have (libengine-pkcs11-openssl: RSA and ECDSA). The engine talks to p11-kit's modules, or to the
/// one that PKCS11_MODULE_PATH names. The PIN comes with the URI (pin-value, or pin-source: a
/// file); nobody is asked for one. The engine stays loaded until the process ends, because keys
/// refer to it.
#pragma once

#include <string>

struct evp_pkey_st;

namespace host {

/// The path in the URI's pin-source; empty: it has none.
std::string pinFileOf(const std::string& uri);

/// The caller frees it. Throws Error that names the URI without its PIN.
evp_pkey_st* loadPkcs11Key(const std::string& uri);

} // namespace host
