/// Files with holes, of gigabytes, that are mostly zeros: written and read without the zeros.
///
/// A block of zeros counts as a hole on both sides, so that neither depends on what the file system
/// calls one. Reading fails closed: what cannot be read is an error, never a hole.
#pragma once

#include "host/base/atomic_file.h"
#include "host/base/fd.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>

namespace host {

/// Writes a file front to back and leaves holes where whole blocks (64 KiB) are zero.
///
/// Owns the file until finish(), which gives it its name; without that nothing appears. Throws
/// SystemError that tells how far it came.
class SparseWriter {
  public:
    /// The directory of `path` has to exist.
    explicit SparseWriter(std::filesystem::path path);

    void write(std::span<const std::byte> data);
    void finish();

    [[nodiscard]] std::uint64_t size() const { return size_; } ///< bytes, holes included

  private:
    void writeAt(std::span<const std::byte> block);
    [[noreturn]] void fail() const;

    std::filesystem::path path_;
    AtomicFile file_;
    std::uint64_t size_ = 0;
};

/// Takes a block that is not all zeros, and where it begins.
using BlockSink = std::function<void(std::uint64_t position, std::span<const std::byte> block)>;

/// Reads a file's blocks (1 MiB, the last one shorter), those of zeros left out.
class SparseReader {
  public:
    /// Throws SystemError.
    explicit SparseReader(std::filesystem::path path);

    [[nodiscard]] std::uint64_t size() const { return size_; }

    /// All of them, in order. Throws SystemError, and Error when the file has become shorter.
    void read(const BlockSink& sink) const;

  private:
    [[nodiscard]] std::uint64_t findSize() const;
    [[nodiscard]] std::optional<std::uint64_t> dataFrom(std::uint64_t position) const;
    void requireWhole(bool isWhole) const;

    std::filesystem::path path_;
    Fd fd_;
    std::uint64_t size_;
};

} // namespace host
