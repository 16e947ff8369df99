#include "host/crypto/module_signature.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/crypto/openssl_error.h"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::string_view kMarker = "~Module signature appended~\n";
constexpr char kIdTypePkcs7 = 2;         ///< include/linux/module_signature.h: PKEY_ID_PKCS7
constexpr std::size_t kTrailerSize = 12; ///< struct module_signature
constexpr std::size_t kTypeOffset = 2;
constexpr std::size_t kLengthOffset = 8;
constexpr std::size_t kLargestCertificate = 1 << 20;
constexpr std::size_t kLargestModule = 512 << 20;
constexpr std::size_t kLargestSignature = 1 << 20; ///< one with an RSA-4096 key has 700 bytes

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Cms = std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)>;

Certificate readCertificate(const std::filesystem::path& file) {
    const std::string text = readFile(file, kLargestCertificate);
    ERR_clear_error();
    const auto memory = [&] {
        return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
    };
    Certificate certificate(PEM_read_bio_X509(memory().get(), nullptr, nullptr, nullptr),
                            &X509_free);
    if (!certificate) {
        certificate.reset(d2i_X509_bio(memory().get(), nullptr));
    }
    if (!certificate) {
        throw Error(Fault::Usage,
                    fmt::format("{} holds no X.509 certificate: {}", file.string(), opensslError()),
                    "Give the certificate that belongs to the module signing key.");
    }
    ERR_clear_error();
    return certificate;
}

const EVP_MD* digestNamed(const std::string& hash) {
    for (const char* known : {"sha256", "sha384", "sha512"}) {
        if (hash == known) {
            return EVP_get_digestbyname(known);
        }
    }
    throw Error(Fault::Usage, fmt::format("'{}' is no hash for module signatures", hash),
                "Give sha256, sha384 or sha512, one that the kernel knows.");
}

/// What signers and verifiers know a certificate by.
ModuleSignature identify(const X509_NAME* issuer, const ASN1_STRING* id) {
    ModuleSignature signature;
    const std::unique_ptr<char, void (*)(char*)> text(
        OPENSSL_buf2hexstr(ASN1_STRING_get0_data(id), ASN1_STRING_length(id)),
        [](char* hex) { OPENSSL_free(hex); });
    signature.id = text ? text.get() : "";
    for (const int kind : {NID_commonName, NID_organizationName}) {
        const int at = issuer == nullptr ? -1 : X509_NAME_get_index_by_NID(issuer, kind, -1);
        if (at >= 0) {
            const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at));
            signature.issuer.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                    static_cast<std::size_t>(ASN1_STRING_length(value)));
            break;
        }
    }
    return signature;
}

/// DER of a detached signature, made with the flags of sign-file.
std::string cmsSignature(std::string_view data, const PrivateKey& key, X509* certificate,
                         const EVP_MD* digest) {
    constexpr unsigned kFlags = CMS_NOCERTS | CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | CMS_STREAM;
    ERR_clear_error();
    const Bio content(BIO_new_mem_buf(data.data(), static_cast<int>(data.size())), &BIO_free);
    const Cms cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, kFlags), &CMS_ContentInfo_free);
    const Bio der(BIO_new(BIO_s_mem()), &BIO_free);
    if (!cms || !content || !der ||
        CMS_add1_signer(cms.get(), certificate, key.get(), digest,
                        CMS_NOCERTS | CMS_BINARY | CMS_NOSMIMECAP | CMS_NOATTR) == nullptr ||
        CMS_final(cms.get(), content.get(), nullptr, CMS_NOCERTS | CMS_BINARY) != 1 ||
        i2d_CMS_bio_stream(der.get(), cms.get(), nullptr, 0) != 1) {
        throw Error(fmt::format("cannot sign: {}", opensslError()));
    }
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(der.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

/// struct module_signature: algorithm, hash, id type, two lengths, three bytes of padding, and the
/// signature's length in big-endian order. All but type and length are 0 with PKCS#7.
std::string trailer(std::size_t size) {
    std::string text(kTrailerSize, '\0');
    text[kTypeOffset] = kIdTypePkcs7;
    for (std::size_t i = 0; i < 4; ++i) {
        text[kLengthOffset + i] = static_cast<char>(size >> (24U - 8U * i));
    }
    return text;
}

/// The last bytes of a file, read from its end backwards.
class Tail {
  public:
    Tail(const Fd& file, const std::string& name) : file_(file), name_(name) {
        struct stat status {};
        if (::fstat(file.get(), &status) != 0) {
            throwErrno("stat", name);
        }
        left_ = static_cast<std::size_t>(status.st_size);
    }
    /// Nothing when the file does not have that many before what was taken.
    std::optional<std::string> take(std::size_t size) {
        if (size > left_) {
            return std::nullopt;
        }
        left_ -= size;
        std::string bytes(size, '\0');
        for (std::size_t done = 0; done < size;) {
            const ssize_t count = ::pread(file_.get(), bytes.data() + done, size - done,
                                          static_cast<off_t>(left_ + done));
            if (count < 0 && errno != EINTR) {
                throwErrno("read", name_);
            }
            if (count == 0) {
                return std::nullopt;
            }
            done += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        return bytes;
    }

  private:
    const Fd& file_;
    const std::string& name_;
    std::size_t left_ = 0;
};

/// The CMS bytes before a module's marker; nothing when the lengths contradict the module's size.
std::optional<std::string> signaturePart(Tail& module) {
    const auto end = module.take(kTrailerSize);
    if (!end || (*end)[kTypeOffset] != kIdTypePkcs7) {
        return std::nullopt;
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        size = size << 8U | static_cast<unsigned char>((*end)[kLengthOffset + i]);
    }
    return size > kLargestSignature ? std::nullopt : module.take(size);
}

std::optional<ModuleSignature> parse(std::string_view der) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const Cms cms(d2i_CMS_ContentInfo(nullptr, &bytes, static_cast<long>(der.size())),
                  &CMS_ContentInfo_free);
    const auto* signers = cms ? CMS_get0_SignerInfos(cms.get()) : nullptr;
    ASN1_OCTET_STRING* keyId = nullptr;
    X509_NAME* issuer = nullptr;
    ASN1_INTEGER* serial = nullptr;
    if (signers == nullptr || sk_CMS_SignerInfo_num(signers) == 0 ||
        CMS_SignerInfo_get0_signer_id(sk_CMS_SignerInfo_value(signers, 0), &keyId, &issuer,
                                      &serial) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    return identify(issuer, keyId != nullptr ? keyId : serial);
}

/// Why the kernel cannot read such a key's certificate; empty: it can (x509_cert_parser.c).
std::string unknownToKernel(const PrivateKey& key) {
    constexpr std::string_view kCurves[] = {"prime256v1", "secp384r1", "secp521r1"};
    if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
        return "";
    }
    if (EVP_PKEY_is_a(key.get(), "EC") != 1) {
        return "it is neither RSA nor ECDSA";
    }
    return std::ranges::find(kCurves, key.curve()) != std::end(kCurves)
               ? ""
               : "it is on the curve " + key.curve();
}

} // namespace

void ModuleSigner::Free::operator()(x509_st* certificate) const noexcept {
    X509_free(certificate);
}

ModuleSigner::ModuleSigner(const std::string& key, const std::filesystem::path& certificate,
                           const std::string& hash)
    : key_(key), certificate_(readCertificate(certificate).release()), digest_(digestNamed(hash)) {
    if (const std::string cause = unknownToKernel(key_); !cause.empty()) {
        throw Error(Fault::Usage,
                    fmt::format("the kernel verifies no module with the key {}: {}", key, cause),
                    "Sign with an RSA key, which every kernel knows.");
    }
    if (X509_check_private_key(certificate_.get(), key_.get()) != 1) {
        ERR_clear_error();
        throw Error(
            Fault::Usage,
            fmt::format("the certificate {} is not that of the signing key", certificate.string()),
            "Give key and certificate of one pair.");
    }
}

void ModuleSigner::sign(const std::filesystem::path& module) const {
    std::string data = readFile(module, kLargestModule);
    if (data.ends_with(kMarker)) {
        throw Error(fmt::format("{} is signed already", module.string()));
    }
    const std::string signature = cmsSignature(data, key_, certificate_.get(), digest_);
    data += signature + trailer(signature.size());
    data += kMarker;
    writeFileAtomic(module, data);
}

ModuleSignature ModuleSigner::signature() const {
    return identify(X509_get_issuer_name(certificate_.get()),
                    X509_get0_serialNumber(certificate_.get()));
}

std::optional<ModuleSignature> moduleSignature(const Fd& module, const std::string& name) {
    Tail tail(module, name);
    if (tail.take(kMarker.size()) != kMarker) {
        return std::nullopt;
    }
    const auto part = signaturePart(tail);
    auto signature = part ? parse(*part) : std::nullopt;
    if (!signature) {
        throw Error(Fault::NotLoadable, fmt::format("the signature of module {} is damaged", name),
                    "Build the package again.");
    }
    return signature;
}

} // namespace host
