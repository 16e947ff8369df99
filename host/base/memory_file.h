/// Files in memory (memfd_create, close-on-exec): for interfaces that want a descriptor where there
/// need be no file.
///
/// Gone with the last descriptor. `name` shows in /proc/self/fd. Throws SystemError.
#pragma once

#include "host/base/fd.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace host {

/// An empty one, that grows as it is written.
Fd memoryFile(const std::string& name);

/// One with what `source` has from its place on, at most `limit` bytes, which may be executed, and
/// which nobody can change any more (F_SEAL_*). Throws Error for a larger one.
Fd sealedCopy(const std::string& name, const Fd& source, std::size_t limit);

/// One of a known size, and its bytes, mapped, to be filled.
class MemoryFile {
  public:
    /// Allocates at once, so that a lack of memory is an error here and no signal later.
    MemoryFile(const std::string& name, std::uint64_t size);
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    MemoryFile(MemoryFile&&) = delete;
    MemoryFile& operator=(MemoryFile&&) = delete;
    ~MemoryFile();

    /// All zero at first.
    [[nodiscard]] std::span<std::byte> bytes() const {
        return {static_cast<std::byte*>(address_), size_};
    }
    /// Gives the descriptor up; the bytes stay mapped.
    [[nodiscard]] Fd take() { return std::move(file_); }

  private:
    Fd file_;
    std::uint64_t size_;
    void* address_ = nullptr;
};

} // namespace host
