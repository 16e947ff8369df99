#include "host/crypto/digest.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/file.h"

#include <array>
#include <fcntl.h>
#include <openssl/evp.h>

namespace host {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

const EVP_MD* algorithmOf(DigestKind kind) {
    return kind == DigestKind::Sha1     ? EVP_sha1()
           : kind == DigestKind::Sha256 ? EVP_sha256()
                                        : EVP_sha512();
}

} // namespace

struct Digest::Impl {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free};
};

Digest::Digest(DigestKind kind) : impl_(std::make_unique<Impl>()) {
    if (!impl_->context ||
        EVP_DigestInit_ex(impl_->context.get(), algorithmOf(kind), nullptr) != 1) {
        throw Error("OpenSSL cannot start a digest");
    }
}

Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(std::span<const std::byte> data) {
    if (EVP_DigestUpdate(impl_->context.get(), data.data(), data.size()) != 1) {
        throw Error("OpenSSL cannot compute a digest");
    }
}

void Digest::update(std::string_view data) {
    update(std::as_bytes(std::span(data)));
}

std::string Digest::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(impl_->context.get(), bytes.data(), &size) != 1) {
        throw Error("OpenSSL cannot finish a digest");
    }
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += kDigits[bytes[i] >> 4U];
        text += kDigits[bytes[i] & 15U];
    }
    return text;
}

bool isDigest(std::string_view text, DigestKind kind) {
    return text.size() == 2 * static_cast<std::size_t>(EVP_MD_get_size(algorithmOf(kind))) &&
           text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string digestOf(std::span<const std::byte> data, DigestKind kind) {
    Digest digest(kind);
    digest.update(data);
    return digest.hex();
}

std::string digestOf(std::string_view data, DigestKind kind) {
    return digestOf(std::as_bytes(std::span(data)), kind);
}

std::string digestOfFile(const std::filesystem::path& file, DigestKind kind) {
    const Fd fd = openFile(file, O_RDONLY);
    Digest digest(kind);
    readPieces(fd, file.string(), [&](std::span<const std::byte> piece) { digest.update(piece); });
    return digest.hex();
}

} // namespace host
