/// Digests through OpenSSL.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace host {

/// Sha1 only where a format of others demands it; nothing here relies on it.
enum class DigestKind { Sha1, Sha256, Sha512 };

/// An incremental digest. Use: update()…, then hex() once.
class Digest {
  public:
    explicit Digest(DigestKind kind = DigestKind::Sha256);
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
    ~Digest();
    void update(std::span<const std::byte> data);
    void update(std::string_view data);
    /// Lower-case hexadecimal.
    [[nodiscard]] std::string hex();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Whether the text is one, as hex() writes it.
bool isDigest(std::string_view text, DigestKind kind = DigestKind::Sha256);

std::string digestOf(std::span<const std::byte> data, DigestKind kind = DigestKind::Sha256);
std::string digestOf(std::string_view data, DigestKind kind = DigestKind::Sha256);
/// Streams the file.
std::string digestOfFile(const std::filesystem::path& file, DigestKind kind = DigestKind::Sha256);

} // namespace host
