#include "flatcar/developer_image.h"

#include "flatcar/digests.h"
#include "flatcar/mirror.h"
#include "flatcar/signing_key.h"
#include "host/archive/bzip2.h"
#include "host/archive/sparse_file.h"
#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/file_lock.h"
#include "host/base/json.h"
#include "host/crypto/digest.h"
#include "host/process/signals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace flatcar {

namespace {

constexpr const char* kName = "flatcar_developer_container.bin";
constexpr std::size_t kSmallFile = 1 << 20;
constexpr const char* kFetching = "Fetching";
constexpr const char* kDecompressing = "Decompressing";
constexpr std::uint64_t kLargestImage = 2ULL << 30; ///< compressed; they have 0.5 GB

/// SHA-256 over position, length and bytes of every data extent, and the size: identifies the
/// content without reading holes. Blocks of zeros count as holes, so that the file system's idea of
/// extents does not matter.
std::string sparseDigest(const std::filesystem::path& file) {
    const host::SparseReader image(file);
    host::Digest digest;
    digest.update(fmt::format("size {}\n", image.size()));
    image.read([&digest](std::uint64_t position, std::span<const std::byte> block) {
        digest.update(fmt::format("at {}\n", position));
        digest.update(block);
    });
    return digest.hex();
}

std::filesystem::path directoryOf(const ImageRequest& request) {
    return request.cache / fmt::format("{}-{}", request.release.board, request.release.version);
}

/// With which key and as what an image was verified.
struct Record {
    std::string signingKey;
    std::string sha512; ///< of the compressed file
    std::string sparseSha256;
};

/// Nothing for a damaged one: the image is fetched again.
std::optional<Record> readRecord(const std::string& text) {
    try {
        const host::JsonValue document(text, {});
        return Record{.signingKey = document.at("signing_key").text(),
                      .sha512 = document.at("sha512").text(),
                      .sparseSha256 = document.at("sparse_sha256").text()};
    } catch (const host::Error&) {
        return std::nullopt;
    }
}

/// The files of one release in the cache.
class CacheEntry {
  public:
    CacheEntry(const ImageRequest& request) : directory_(directoryOf(request)) {
        host::makeDirectories(directory_, "Name a writable directory with {work-dir}.");
        lock_.emplace(host::openFile(directory_ / ".lock", O_RDWR | O_CREAT), directory_.string(),
                      host::interruptedBy(request.http.stop));
    }

    [[nodiscard]] std::filesystem::path raw() const { return directory_ / kName; }
    [[nodiscard]] std::filesystem::path compressed() const { return raw().string() + ".bz2"; }
    [[nodiscard]] std::filesystem::path signature() const { return compressed().string() + ".sig"; }
    [[nodiscard]] std::filesystem::path recordFile() const { return raw().string() + ".json"; }

    /// The image, when it is there and still what was verified with this key.
    [[nodiscard]] std::optional<DeveloperImage> verified(const ImageRequest& request) const {
        const auto text = host::readFileIfExists(recordFile(), kSmallFile);
        const auto record = text ? readRecord(*text) : std::nullopt;
        if (!record || record->signingKey != request.signingKey ||
            !std::filesystem::exists(raw()) || record->sparseSha256 != sparseDigest(raw())) {
            return std::nullopt;
        }
        return image(record->sha512);
    }

    /// Makes the decompressed file a valid entry.
    [[nodiscard]] DeveloperImage record(const ImageRequest& request,
                                        const std::string& sha512) const {
        const nlohmann::ordered_json json = {{"signing_key", request.signingKey},
                                             {"sha512", sha512},
                                             {"sparse_sha256", sparseDigest(raw())}};
        host::writeFileAtomic(recordFile(), json.dump(2) + "\n");
        return image(sha512);
    }

  private:
    [[nodiscard]] DeveloperImage image(const std::string& sha512) const {
        return {raw(), {{"developer-container.bin.bz2 (sha512)", sha512}}};
    }

    std::filesystem::path directory_;
    std::optional<host::FileLock> lock_;
};

void announce(const ImageRequest& request, std::string_view stage) {
    request.observer.stage(
        fmt::format("{} the developer environment of release {}", stage, request.release.version));
}

Mirrors connect(const ImageRequest& request) {
    host::HttpOptions options = request.http;
    options.onProgress = [&request](const host::TransferProgress& progress) {
        request.observer.progress(
            {.work = kFetching, .done = progress.done, .total = progress.total});
    };
    return {request.mirrors, options};
}

/// Returns the SHA-512 of the compressed file, which is in the cache afterwards and verified.
std::string fetch(const ImageRequest& request, const CacheEntry& entry) {
    const std::string name = entry.compressed().filename().string();
    SigningKey key(request);
    Mirrors mirrors = connect(request);
    announce(request, kFetching);
    host::writeFileAtomic(entry.signature(),
                          mirrors.get(request.release, name + ".sig", kSmallFile));
    const std::string digests = mirrors.get(request.release, name + ".DIGESTS", kSmallFile);
    key.requireSigner(entry.signature());
    const std::string expected = sha512Of(name, digests, name + ".DIGESTS");
    if (!std::filesystem::exists(entry.compressed())) {
        mirrors.download(request.release, name, entry.compressed(), kLargestImage);
    }
    announce(request, "Verifying");
    try {
        static_cast<void>(key.verify(entry.compressed(), entry.signature()));
        const std::string digest = host::digestOfFile(entry.compressed(), host::DigestKind::Sha512);
        if (digest != expected) {
            throw host::Error(host::Fault::Verification,
                              fmt::format("the SHA-512 of {} is not the one in its .DIGESTS", name),
                              "Try another server with {mirror}.");
        }
        return digest;
    } catch (const host::Error& error) {
        if (error.fault() ==
            host::Fault::Verification) { // looked at and refused: not worth keeping
            std::error_code ignored;     // why it is refused says more
            std::filesystem::remove(entry.compressed(), ignored);
        }
        throw;
    }
}

} // namespace

bool isCached(const ImageRequest& request) {
    return std::filesystem::exists(directoryOf(request) / kName);
}

void discardImage(const ImageRequest& request) {
    const CacheEntry entry(request);
    std::filesystem::remove(entry.recordFile());
    std::filesystem::remove(entry.raw());
}

void requirePublished(const ImageRequest& request) {
    validate(request.release);
    const std::string image = fmt::format("{}.bz2", kName);
    const std::string list = image + ".DIGESTS";
    // Some servers answer with a page, and not with 404.
    static_cast<void>(
        sha512Of(image, connect(request).get(request.release, list, kSmallFile), list));
}

DeveloperImage acquireImage(const ImageRequest& request) {
    validate(request.release);
    const CacheEntry entry(request);
    announce(request, "Checking the cache for");
    if (const auto image = entry.verified(request)) {
        return *image;
    }
    std::filesystem::remove(entry.recordFile());
    const std::string sha512 = fetch(request, entry);
    announce(request, kDecompressing);
    host::decompressBzip2(entry.compressed(), entry.raw(),
                          {.threads = request.threads,
                           .stop = request.http.stop,
                           .onProgress = [&request](std::uint64_t written) {
                               request.observer.progress({.work = kDecompressing, .done = written});
                           }});
    DeveloperImage image = entry.record(request, sha512);
    std::filesystem::remove(entry.compressed());
    std::filesystem::remove(entry.signature());
    return image;
}

} // namespace flatcar
