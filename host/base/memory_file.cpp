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
