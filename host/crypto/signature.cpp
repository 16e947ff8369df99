#include "host/crypto/signature.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/secret.h"
#include "host/crypto/digest.h"
#include "host/crypto/openssl_error.h"
#include "host/crypto/pkcs11.h"

#include <algorithm>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>
#include <span>
#include <sys/stat.h>

namespace host {

namespace {

constexpr std::size_t kLargestKeyFile = 1 << 20;
constexpr unsigned kPermissions = 07777;

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

std::string curveOf(const EVP_PKEY* key) {
    char name[64];
    std::size_t size = 0;
    return EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1 ? name : "EC";
}

/// Ed25519, Ed448, ECDSA and RSA, none that can be broken with what people can buy: NIST SP 800-57
/// puts the limit at 112 bits of strength, which RSA has from 2048 bits.
void requireStrong(const EVP_PKEY* key, const std::string& source) {
    constexpr int kLeastStrength = 112;
    constexpr int kLeastRsaBits = 2048;
    const int kind = EVP_PKEY_get_base_id(key);
    const auto refuse = [&](const std::string& what) {
        throw Error(Fault::Usage, fmt::format("the key in {} is {}", source, what),
                    "Give an Ed25519 or ECDSA key, or an RSA key with at least 2048 bits.");
    };
    if (kind == EVP_PKEY_RSA) {
        if (EVP_PKEY_get_bits(key) < kLeastRsaBits) {
            refuse(fmt::format("too weak: RSA with {} bits", EVP_PKEY_get_bits(key)));
        }
    } else if (kind == EVP_PKEY_EC) {
        if (EVP_PKEY_get_security_bits(key) < kLeastStrength) {
            refuse(fmt::format("too weak: the curve {}", curveOf(key)));
        }
    } else if (kind != EVP_PKEY_ED25519 && kind != EVP_PKEY_ED448) {
        const char* name = EVP_PKEY_get0_type_name(key);
        refuse(fmt::format("of the kind {}, which signs nothing here",
                           name == nullptr ? "unknown" : name));
    }
}

/// One block of a PEM file: its name ("PUBLIC KEY"), header and bytes.
struct PemBlock {
    std::string name;
    std::string header;
    std::vector<unsigned char> der;
};

/// All blocks of the file; what is between them is a comment. A damaged block is an Error: nobody
/// wants it left out in silence.
std::vector<PemBlock> pemBlocks(const std::string& text, const std::string& source) {
    const Bio bio = memory(text);
    std::vector<PemBlock> blocks;
    ERR_clear_error();
    for (;;) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* der = nullptr;
        long size = 0;
        if (PEM_read_bio(bio.get(), &name, &header, &der, &size) != 1) {
            break;
        }
        blocks.push_back({name, header, {der, der + size}});
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, static_cast<std::size_t>(size));
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        throw Error(Fault::Usage,
                    fmt::format("{} has a damaged PEM block: {}", source, opensslError()),
                    "Fetch or write the file again.");
    }
    ERR_clear_error();
    return blocks;
}

Key privateKey(const std::string& source) {
    if (isPkcs11Uri(source)) {
        Key key(loadPkcs11Key(source), &EVP_PKEY_free);
        requireStrong(key.get(), "the token");
        return key;
    }
    const std::string text = readFile(source, kLargestKeyFile);
    ERR_clear_error();
    Key key(PEM_read_bio_PrivateKey(memory(text).get(), nullptr, &noPassphrase, nullptr),
            &EVP_PKEY_free);
    if (!key) {
        throw Error(
            Fault::Usage,
            fmt::format("{} holds no private key that can be read: {}", source, opensslError()),
            "Give a PEM file without a passphrase, or a PKCS#11 URI.");
    }
    const auto blocks = pemBlocks(text, source);
    if (std::ranges::count_if(blocks, [](const PemBlock& block) {
            return block.name.ends_with("PRIVATE KEY");
        }) > 1) {
        throw Error(Fault::Usage,
                    fmt::format("{} holds several private keys: which one signs?", source),
                    "Give a file with one key.");
    }
    requireStrong(key.get(), source);
    return key;
}

/// The public key of a block, or of the certificate in it; nothing when it is neither.
Key publicKey(const PemBlock& block) {
    const unsigned char* der = block.der.data();
    const auto size = static_cast<long>(block.der.size());
    if (block.name == PEM_STRING_PUBLIC) {
        return {d2i_PUBKEY(nullptr, &der, size), &EVP_PKEY_free};
    }
    if (block.name == PEM_STRING_RSA_PUBLIC) {
        return {d2i_PublicKey(EVP_PKEY_RSA, nullptr, &der, size), &EVP_PKEY_free};
    }
    Certificate certificate(nullptr, &X509_free);
    if (block.name == PEM_STRING_X509 || block.name == PEM_STRING_X509_OLD) {
        certificate.reset(d2i_X509(nullptr, &der, size));
    } else if (block.name == PEM_STRING_X509_TRUSTED) {
        certificate.reset(d2i_X509_AUX(nullptr, &der, size));
    }
    return {certificate ? X509_get_pubkey(certificate.get()) : nullptr, &EVP_PKEY_free};
}

/// SubjectPublicKeyInfo in DER.
std::string publicHalf(const EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) {
        throw Error(fmt::format("cannot encode a public key: {}", opensslError()));
    }
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return text;
}

std::string idOf(const EVP_PKEY* key) {
    return digestOf(publicHalf(key));
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

PublicKey::PublicKey(evp_pkey_st* key) noexcept : key_(key) {}
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

std::vector<PublicKey> readPublicKeys(const std::filesystem::path& file) {
    const auto blocks = pemBlocks(readFile(file, kLargestKeyFile), file.string());
    std::vector<PublicKey> keys;
    for (const PemBlock& block : blocks) {
        Key key = publicKey(block);
        if (!key) {
            const std::string cause = opensslError();
            throw Error(Fault::Usage,
                        fmt::format("a {} in {} is no public key and no certificate{}", block.name,
                                    file.string(), cause.empty() ? "" : ": " + cause),
                        "Give a PEM file with public keys or certificates alone.");
        }
        requireStrong(key.get(), file.string());
        keys.push_back(PublicKey(key.release()));
    }
    if (keys.empty()) {
        throw Error(Fault::Usage,
                    fmt::format("{} holds no public key and no certificate", file.string()),
                    "Give a PEM file.");
    }
    return keys;
}

std::string exposureOf(const std::string& source) {
    const std::string pinFile = pinFileOf(source);
    const std::string& file = pinFile.empty() ? source : pinFile;
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || (status.st_mode & (S_IROTH | S_IWOTH)) == 0) {
        return "";
    }
    return fmt::format("{} {} can be {} by everybody on this machine (mode {:04o}): chmod 600",
                       pinFile.empty() ? "the private key" : "the PIN file", file,
                       (status.st_mode & S_IROTH) != 0 ? "read" : "replaced",
                       status.st_mode & kPermissions);
}

PrivateKey::PrivateKey(const std::string& source) : key_(privateKey(source).release()) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

std::string PrivateKey::id() const {
    return idOf(key_.get());
}

PublicKey PrivateKey::publicKey() const {
    const std::string der = publicHalf(key_.get());
    const unsigned char* bytes = bytesOf(der);
    return PublicKey(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der.size())));
}

std::string PrivateKey::curve() const {
    return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_EC ? curveOf(key_.get()) : "";
}

std::string PrivateKey::sign(std::string_view data) const {
    ERR_clear_error();
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
    data.resize(static_cast<std::size_t>(std::max(size, 0)));
    for (std::string_view rest = text; rest.ends_with('=') && !data.empty();) {
        rest.remove_suffix(1);
        data.pop_back();
    }
    if (toBase64(data) != text) { // OpenSSL leaves out blanks, and takes '=' for zeros anywhere
        throw Error("not Base64");
    }
    return data;
}

} // namespace host
