#include "host/file.h"

#include "host/error.h"

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace host {

namespace {

std::string readAll(int fd, const std::filesystem::path& path, std::size_t limit) {
    std::string content;
    char buffer[64 << 10];
    for (;;) {
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            throwErrno("read", path.string());
        }
        if (count == 0) {
            return content;
        }
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > limit) {
            throw Error(fmt::format("{} is larger than {} bytes", path.string(), limit));
        }
    }
}

std::span<const std::byte> mapFile(int fd, std::string_view object) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        throwErrno("stat", object);
    }
    if (status.st_size == 0) {
        return {};
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED) {
        throwErrno("map", object);
    }
    return {static_cast<const std::byte*>(address), size};
}

} // namespace

std::string readFile(const std::filesystem::path& path, std::size_t limit) {
    const Fd fd = openFile(path, O_RDONLY);
    return readAll(fd.get(), path, limit);
}

std::optional<std::string> readFileIfExists(const std::filesystem::path& path, std::size_t limit) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) {
            return std::nullopt;
        }
        throwErrno("open", path.string(), error);
    }
    return readAll(fd.get(), path, limit);
}

std::optional<std::string> readLineIfExists(const std::filesystem::path& path) {
    auto content = readFileIfExists(path);
    if (content) {
        constexpr std::string_view kBlanks = " \t\r\n";
        content->erase(content->find_last_not_of(kBlanks) + 1);
        content->erase(0, content->find_first_not_of(kBlanks));
    }
    return content;
}

void writeFileAtomic(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    std::string temporary = path.string() + ".XXXXXX";
    const Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) {
        throwErrno("create a temporary file for", path.string());
    }
    try {
        writeAll(fd.get(), content, temporary);
        if (::fchmod(fd.get(), mode) != 0) {
            throwErrno("set the mode of", temporary);
        }
        if (::fsync(fd.get()) != 0) {
            throwErrno("sync", temporary);
        }
        if (::rename(temporary.c_str(), path.c_str()) != 0) {
            throwErrno("rename a temporary file to", path.string());
        }
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    syncDirectory(path.has_parent_path() ? path.parent_path() : ".");
}

void copyFileAtomic(const std::filesystem::path& from, const std::filesystem::path& to) {
    const FileMapping source(from);
    writeFileAtomic(to,
                    {reinterpret_cast<const char*>(source.bytes().data()), source.bytes().size()});
}

void writeKernelFile(const std::filesystem::path& path, std::string_view value) {
    const Fd fd = openFile(path, O_WRONLY);
    const ssize_t written = ::write(fd.get(), value.data(), value.size());
    if (written < 0 || static_cast<std::size_t>(written) != value.size()) {
        throwErrno(fmt::format("write '{}' to", value), path.string(), written < 0 ? errno : EIO);
    }
}

void syncDirectory(const std::filesystem::path& directory) {
    const Fd fd = openFile(directory, O_RDONLY | O_DIRECTORY);
    // EINVAL: a file system that cannot sync a directory (FUSE) has nothing to sync.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) {
        throwErrno("sync", directory.string());
    }
}

std::uint64_t fileSize(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) {
        throwErrno("read", path.string(), error.value());
    }
    return size;
}

std::uint64_t freeSpace(const std::filesystem::path& path) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) {
        throwErrno("find the free space of", path.string());
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

TempDir::TempDir(const std::filesystem::path& parent, std::string_view prefix) {
    std::string name = (parent / fmt::format("{}XXXXXX", prefix)).string();
    if (::mkdtemp(name.data()) == nullptr) {
        throwErrno("create a temporary directory in", parent.string());
    }
    path_ = name;
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir::~TempDir() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

FileMapping::FileMapping(const std::filesystem::path& path)
    : bytes_(mapFile(openFile(path, O_RDONLY).get(), path.string())) {}

FileMapping::FileMapping(const Fd& fd, std::string_view object)
    : bytes_(mapFile(fd.get(), object)) {}

FileMapping::FileMapping(FileMapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

FileMapping::~FileMapping() {
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
}

} // namespace host
