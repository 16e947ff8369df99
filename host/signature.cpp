#include "host/signature.h"

#include "host/digest.h"
#include "host/error.h"
#include "host/file.h"
#include "host/openssl_error.h"
#include "host/pkcs11.h"
#include "host/secret.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <span>

namespace host {

namespace {

constexpr std::size_t kLargestKeyFile = 1 << 20;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Bio memory(std::string_view text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

/// No prompt: a tool that waits for a passphrase in a build pipeline waits for ever.
int noPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
    return -1;
}

Key privateKey(const std::string& source) {
    if (isPkcs11Uri(source)) {
        return {loadPkcs11Key(source), &EVP_PKEY_free};
    }
    const std::string text = readFile(source, kLargestKeyFile);
    Key key(PEM_read_bio_PrivateKey(memory(text).get(), nullptr, &noPassphrase, nullptr),
            &EVP_PKEY_free);
    if (!key) {
        throw Error(
            fmt::format("{} holds no private key that can be read: {}", source, opensslError()),
            "Give a PEM file without a passphrase, or a PKCS#11 URI.");
    }
    return key;
}

Key publicKey(const std::filesystem::path& file) {
    const std::string text = readFile(file, kLargestKeyFile);
    Key key(PEM_read_bio_PUBKEY(memory(text).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key) {
        const Certificate certificate(
            PEM_read_bio_X509(memory(text).get(), nullptr, nullptr, nullptr), &X509_free);
        key.reset(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
    }
    if (!key) {
        throw Error(Fault::Usage,
                    fmt::format("{} holds no public key and no certificate: {}", file.string(),
                                opensslError()),
                    "Give a PEM file.");
    }
    ERR_clear_error();
    return key;
}

std::string idOf(const EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) {
        throw Error(fmt::format("cannot encode a public key: {}", opensslError()));
    }
    const std::string id = digestOf(std::as_bytes(std::span(der, static_cast<std::size_t>(size))));
    OPENSSL_free(der);
    return id;
}

/// Ed25519 and Ed448 hash by themselves.
const EVP_MD* digestFor(const EVP_PKEY* key) {
    const int kind = EVP_PKEY_get_base_id(key);
    return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : EVP_sha256();
}

const unsigned char* bytesOf(std::string_view data) {
    return reinterpret_cast<const unsigned char*>(data.data());
}

} // namespace

void PublicKey::Free::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

void PrivateKey::Free::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

PublicKey::PublicKey(const std::filesystem::path& file) : key_(publicKey(file).release()) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

std::string PublicKey::id() const {
    return idOf(key_.get());
}

bool PublicKey::verify(std::string_view data, std::string_view signature) const {
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const bool good = context &&
                      EVP_DigestVerifyInit(context.get(), nullptr, digestFor(key_.get()), nullptr,
                                           key_.get()) == 1 &&
                      EVP_DigestVerify(context.get(), bytesOf(signature), signature.size(),
                                       bytesOf(data), data.size()) == 1;
    ERR_clear_error();
    return good;
}

PrivateKey::PrivateKey(const std::string& source) : key_(privateKey(source).release()) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

std::string PrivateKey::id() const {
    return idOf(key_.get());
}

std::string PrivateKey::sign(std::string_view data) const {
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, digestFor(key_.get()), nullptr, key_.get()) !=
            1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytesOf(data), data.size()) != 1) {
        throw Error(fmt::format("cannot sign: {}", opensslError()));
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytesOf(data), data.size()) != 1) {
        throw Error(fmt::format("cannot sign: {}", opensslError()));
    }
    signature.resize(size);
    return signature;
}

std::string toBase64(std::string_view data) {
    std::string text(4 * ((data.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytesOf(data),
                    static_cast<int>(data.size()));
    return text;
}

std::string fromBase64(std::string_view text) {
    std::string data(3 * (text.size() / 4), '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()), bytesOf(text),
                                     static_cast<int>(text.size()));
    if (size < 0 || text.size() % 4 != 0) {
        throw Error("not Base64");
    }
    data.resize(static_cast<std::size_t>(size) - (text.ends_with("==")  ? 2U
                                                  : text.ends_with('=') ? 1U
                                                                        : 0U));
    return data;
}

} // namespace host
