// OpenSSL 3 deprecates engines before its distributions have a provider for PKCS#11.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "host/crypto/pkcs11.h"

#include "host/base/error.h"
#include "host/base/secret.h"
#include "host/crypto/openssl_error.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/store.h>
#include <openssl/ui.h>

namespace host {

namespace {

using StoreContext = std::unique_ptr<OSSL_STORE_CTX, decltype(&OSSL_STORE_close)>;
using StoreInfo = std::unique_ptr<OSSL_STORE_INFO, decltype(&OSSL_STORE_INFO_free)>;
using Engine = std::unique_ptr<ENGINE, decltype(&ENGINE_free)>;

constexpr std::string_view kSeparators = ";?&"; ///< of attributes, RFC 7512 section 2.3
constexpr std::string_view kPinSource = "pin-source";

bool isSame(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](unsigned char one, unsigned char other) {
        return std::tolower(one) == std::tolower(other);
    });
}

/// Calls `visit` with each attribute's name and value as they are in the URI. Also those where the
/// RFC does not allow them, because libraries are lenient.
void visitAttributes(
    std::string_view uri,
    const std::function<void(std::string_view name, std::string_view value)>& visit) {
    uri.remove_prefix(std::min(uri.find(':') + 1, uri.size()));
    while (!uri.empty()) {
        const std::string_view attribute = uri.substr(0, uri.find_first_of(kSeparators));
        uri.remove_prefix(std::min(attribute.size() + 1, uri.size()));
        const auto equals = std::min(attribute.find('='), attribute.size());
        visit(attribute.substr(0, equals),
              attribute.substr(std::min(equals + 1, attribute.size())));
    }
}

/// No prompt: a tool that waits for a PIN in a build pipeline waits for ever.
EVP_PKEY* fromProvider(const std::string& uri) {
    const StoreContext store(OSSL_STORE_open(uri.c_str(), UI_null(), nullptr, nullptr, nullptr),
                             &OSSL_STORE_close);
    while (store && OSSL_STORE_eof(store.get()) == 0) {
        const StoreInfo info(OSSL_STORE_load(store.get()), &OSSL_STORE_INFO_free);
        if (!info) {
            break;
        }
        if (OSSL_STORE_INFO_get_type(info.get()) == OSSL_STORE_INFO_PKEY) {
            return OSSL_STORE_INFO_get1_PKEY(info.get());
        }
    }
    return nullptr;
}

EVP_PKEY* fromEngine(const std::string& uri) {
    const Engine engine(ENGINE_by_id("pkcs11"), &ENGINE_free);
    if (!engine) {
        throw Error(fmt::format("cannot load the private key {}: OpenSSL knows no PKCS#11 ({})",
                                withoutPin(uri), opensslError()),
                    "Install libengine-pkcs11-openssl or pkcs11-provider.");
    }
    auto* const noPrompt = const_cast<UI_METHOD*>(UI_null()); // the engine only reads it
    // Else libp11 prints the URI, PIN included, on stderr.
    ENGINE_ctrl_cmd_string(engine.get(), "QUIET", nullptr, 1);
    // ENGINE_init's reference is kept.
    EVP_PKEY* key = ENGINE_init(engine.get()) == 1
                        ? ENGINE_load_private_key(engine.get(), uri.c_str(), noPrompt, nullptr)
                        : nullptr;
    if (key == nullptr) {
        throw Error(
            fmt::format("cannot load the private key {}: {}", withoutPin(uri), opensslError()),
            "Check the URI's token, object and PIN (pin-value or pin-source), and the "
            "PKCS#11 module (p11-kit list-modules, or PKCS11_MODULE_PATH).");
    }
    return key;
}

} // namespace

std::string pinFileOf(const std::string& uri) {
    constexpr std::string_view kFile = "file:";
    std::string file;
    visitAttributes(uri, [&](std::string_view name, std::string_view value) {
        if (isSame(name, kPinSource)) {
            value.remove_prefix(isSame(value.substr(0, kFile.size()), kFile) ? kFile.size() : 0);
            while (value.starts_with("//")) {
                value.remove_prefix(1);
            }
            file = value;
        }
    });
    return file;
}

evp_pkey_st* loadPkcs11Key(const std::string& uri) {
    // Libraries compare the scheme letter by letter.
    const std::string known = "pkcs11:" + uri.substr(std::min(uri.find(':') + 1, uri.size()));
    EVP_PKEY* key = fromProvider(known);
    ERR_clear_error();
    return key != nullptr ? key : fromEngine(known);
}

} // namespace host
