#include "host/base/memory_file.h"

#include "host/base/error.h"

#include <fcntl.h>
#include <sys/mman.h>

namespace host {

Fd memoryFile(const std::string& name) {
    Fd fd(::memfd_create(name.c_str(), MFD_CLOEXEC));
    if (!fd) {
        throwErrno("create a file in memory for", name);
    }
    return fd;
}

Fd sealedFile(const std::string& name, std::string_view content) {
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
    writeAll(file.get(), content, name);
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
