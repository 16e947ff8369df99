#include "host/module_signature.h"

#include "host/error.h"
#include "host/file.h"

#include <array>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace host {

namespace {

constexpr std::string_view kMarker = "~Module signature appended~\n";
constexpr char kIdTypePkcs7 = 2; ///< include/linux/module_signature.h: PKEY_ID_PKCS7
constexpr std::size_t kLargestCertificate = 1 << 20;
constexpr std::size_t kLargestModule = 512 << 20;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Cms = std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)>;

std::string lastError() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

Certificate readCertificate(const std::filesystem::path& file) {
    const std::string text = readFile(file, kLargestCertificate);
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
                    fmt::format("{} holds no X.509 certificate: {}", file.string(), lastError()),
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

/// DER of a detached signature, made with the flags of sign-file.
std::string cmsSignature(std::string_view data, const PrivateKey& key, X509* certificate,
                         const EVP_MD* digest) {
    constexpr unsigned kFlags = CMS_NOCERTS | CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | CMS_STREAM;
    const Bio content(BIO_new_mem_buf(data.data(), static_cast<int>(data.size())), &BIO_free);
    const Cms cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, kFlags), &CMS_ContentInfo_free);
    const Bio der(BIO_new(BIO_s_mem()), &BIO_free);
    if (!cms || !content || !der ||
        CMS_add1_signer(cms.get(), certificate, key.get(), digest,
                        CMS_NOCERTS | CMS_BINARY | CMS_NOSMIMECAP | CMS_NOATTR) == nullptr ||
        CMS_final(cms.get(), content.get(), nullptr, CMS_NOCERTS | CMS_BINARY) != 1 ||
        i2d_CMS_bio_stream(der.get(), cms.get(), nullptr, 0) != 1) {
        throw Error(fmt::format("cannot sign: {}", lastError()),
                    "Check that key and certificate belong together.");
    }
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(der.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

/// struct module_signature: algorithm, hash, id type, two lengths, three bytes of padding, and the
/// signature's length in big-endian order. All but type and length are 0 with PKCS#7.
std::string trailer(std::size_t size) {
    std::string text(12, '\0');
    text[2] = kIdTypePkcs7;
    for (int i = 0; i < 4; ++i) {
        text[8 + static_cast<std::size_t>(i)] =
            static_cast<char>(size >> (24U - 8U * static_cast<unsigned>(i)));
    }
    return text;
}

} // namespace

bool hasModuleSignature(std::string_view module) {
    return module.ends_with(kMarker);
}

void signModule(const std::filesystem::path& module, const PrivateKey& key,
                const std::filesystem::path& certificate, const std::string& hash) {
    std::string data = readFile(module, kLargestModule);
    if (hasModuleSignature(data)) {
        throw Error(fmt::format("{} is signed already", module.string()));
    }
    const Certificate trusted = readCertificate(certificate);
    if (X509_check_private_key(trusted.get(), key.get()) != 1) {
        ERR_clear_error();
        throw Error(
            Fault::Usage,
            fmt::format("the certificate {} is not that of the signing key", certificate.string()),
            "Give key and certificate of one pair.");
    }
    const std::string signature = cmsSignature(data, key, trusted.get(), digestNamed(hash));
    data += signature + trailer(signature.size());
    data += kMarker;
    writeFileAtomic(module, data);
}

} // namespace host
