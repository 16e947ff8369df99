#include "host/base/memory_file.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

namespace host {

Fd memoryFile(const std::string& name) {
    Fd fd(::memfd_create(name.c_str(), MFD_CLOEXEC));
    if (!fd) {
        throwErrno("create a file in memory for", name);
    }
    return fd;
}

Fd sealedCopy(const std::string& name, const Fd& source, std::size_t limit) {
    constexpr unsigned kExecutable = 0x10; // MFD_EXEC: Linux 6.3 knows it, and may insist on it
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = ::memfd_create(name.c_str(), kFlags | kExecutable);
    if (fd < 0 && errno == EINVAL) {
        fd = ::memfd_create(name.c_str(), kFlags);
    }
    Fd file(fd);
    if (!file) {
        throwErrno("create a file in memory for", name);
    }
    std::size_t size = 0;
    readPieces(source, name, [&](std::span<const std::byte> piece) {
        size += piece.size();
        if (size > limit) {
            throw Error(fmt::format("{} is larger than {} bytes", name, limit));
        }
        writeAll(file.get(), {reinterpret_cast<const char*>(piece.data()), piece.size()}, name);
    });
    if (::fcntl(file.get(), F_ADD_SEALS,
                F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
        throwErrno("seal", name);
    }
    return file;
}

MemoryFile::MemoryFile(const std::string& name, std::uint64_t size)
    : file_(memoryFile(name)), size_(size) {
    const int error = ::posix_fallocate(file_.get(), 0, static_cast<off_t>(size));
    if (error != 0) {
        throwErrno("allocate memory for", name, error);
    }
    address_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (address_ == MAP_FAILED) {
        throwErrno("map", name);
    }
}

MemoryFile::~MemoryFile() {
    ::munmap(address_, size_);
}

} // namespace host
