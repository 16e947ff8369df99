#include "flatcar/signing_key.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/net/download.h"

#include <fmt/format.h>

namespace flatcar {

namespace {

constexpr std::size_t kLargestKey = 1 << 20;

} // namespace

SigningKey::SigningKey(const ImageRequest& request)
    : request_(request), kept_(request.cache / "signing-key.asc") {
    std::error_code none;
    if (std::filesystem::exists(request.keyring, none) || request.keyUrl.secret().empty()) {
        key_.emplace(request.keyring, request.signingKey);
        return;
    }
    if (std::filesystem::exists(kept_, none)) {
        try {
            key_.emplace(kept_, request.signingKey);
            mayBeOld_ = true;
            return;
        } catch (const host::Error& error) {
            if (error.fault() != host::Fault::Verification) { // else another pin, or damage
                throw;
            }
        }
    }
    fetch();
}

void SigningKey::fetch() {
    const std::string remedy = "Name a file that holds the release signing key with {keyring}, or "
                               "another address with {signing-key-url}.";
    std::optional<std::string> text;
    try {
        host::HttpSession session(request_.http);
        text = host::fetchDocument(session, request_.keyUrl, kLargestKey);
    } catch (const host::Error& error) {
        throw host::Error(fmt::format("there is no keyring {}, and the key cannot be fetched: {}",
                                      request_.keyring.string(), error.what()),
                          remedy);
    }
    if (!text) {
        throw host::Error(fmt::format("there is no keyring {}, and no key at {}",
                                      request_.keyring.string(), request_.keyUrl),
                          remedy);
    }
    host::makeDirectories(request_.cache, "Name a writable directory with {work-dir}.");
    const host::TempDir directory(request_.cache, "signing-key-");
    const auto file = directory.path() / "fetched.asc";
    host::writeFileAtomic(file, *text);
    host::context(fmt::format("what {} sends is not accepted", request_.keyUrl),
                  [&] { key_.emplace(file, request_.signingKey); });
    host::writeFileAtomic(kept_, *text);
    mayBeOld_ = false;
}

void SigningKey::requireSigner(const std::filesystem::path& signature) {
    try {
        key_->requireSigner(signature);
    } catch (const host::Error& error) {
        if (!mayBeOld_ || error.fault() != host::Fault::Verification) {
            throw;
        }
        fetch();
        key_->requireSigner(signature);
    }
}

host::SignatureInfo SigningKey::verify(const std::filesystem::path& file,
                                       const std::filesystem::path& signature) const {
    return key_->verify(file, signature);
}

} // namespace flatcar
