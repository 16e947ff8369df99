#include "host/base/file.h"

#include "host/base/abandoned.h"
#include "host/base/atomic_file.h"
#include "host/base/error.h"
#include "host/base/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace host {

namespace {

constexpr std::size_t kPiece = 128 << 10;
constexpr std::size_t kLongestLine = 4 << 10;
constexpr unsigned kNewFileMode = 0644;
constexpr int kNotWaiting = O_NONBLOCK | O_NOCTTY; ///< for pipes and terminals

/// No descriptor where the file does not exist, with its errno.
Fd openIfExists(const std::filesystem::path& path, int flags) {
    Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd && errno != ENOENT && errno != ENOTDIR) {
        throwErrno("open", path.string());
    }
    return fd;
}

void requireRegular(const Fd& fd, const std::filesystem::path& path) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Error(path.string() + " is no regular file",
                    "Remove what is there instead; who makes the file makes it again.");
    }
}

std::optional<std::string> trimmedIfAny(const std::optional<std::string>& content) {
    return content ? std::optional(std::string(trimmed(*content))) : std::nullopt;
}

} // namespace

std::string readWhole(const Fd& fd, const std::filesystem::path& path, std::size_t limit) {
    std::string content;
    struct stat status {};
    // Files of /proc and /sys have no size; one that grows or shrinks meanwhile is read as it is.
    if (::fstat(fd.get(), &status) == 0 && status.st_size > 0) {
        content.reserve(std::min(static_cast<std::size_t>(status.st_size), limit));
    }
    readPieces(fd, path.string(), [&](std::span<const std::byte> piece) {
        content.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        if (content.size() > limit) {
            throw Error(fmt::format("{} is larger than {} bytes", path.string(), limit));
        }
    });
    return content;
}

std::string readFile(const std::filesystem::path& path, std::size_t limit) {
    const Fd fd = openFile(path, O_RDONLY);
    return readWhole(fd, path, limit);
}

Fd openRegularFile(const std::filesystem::path& path, int flags, unsigned mode) {
    Fd fd = openFile(path, flags | kNotWaiting, mode);
    requireRegular(fd, path);
    return fd;
}

Fd openRegularFileIfExists(const std::filesystem::path& path) {
    Fd fd = openIfExists(path, O_RDONLY | kNotWaiting);
    if (fd) {
        requireRegular(fd, path);
    }
    return fd;
}

std::string readRegularFile(const std::filesystem::path& path, std::size_t limit) {
    return readWhole(openRegularFile(path, O_RDONLY), path, limit);
}

std::optional<std::string> readRegularFileIfExists(const std::filesystem::path& path,
                                                   std::size_t limit) {
    const Fd fd = openRegularFileIfExists(path);
    return fd ? std::optional(readWhole(fd, path, limit)) : std::nullopt;
}

std::optional<std::string> readRegularLineIfExists(const std::filesystem::path& path) {
    return trimmedIfAny(readRegularFileIfExists(path, kLongestLine));
}

std::string readInput(int fd, std::string_view object, std::size_t limit) {
    const Fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own) {
        throwErrno("read", object);
    }
    return readWhole(own, object, limit);
}

std::optional<std::string> readFileIfExists(const std::filesystem::path& path, std::size_t limit) {
    const Fd fd = openIfExists(path, O_RDONLY);
    return fd ? std::optional(readWhole(fd, path, limit)) : std::nullopt;
}

std::optional<std::string> readLineIfExists(const std::filesystem::path& path) {
    return trimmedIfAny(readFileIfExists(path));
}

void readPieces(const Fd& fd, std::string_view object, const ByteSink& sink) {
    std::array<std::byte, kPiece> buffer; // NOLINT(*-member-init): most files are small
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            throwErrno("read", object);
        }
        if (count == 0) {
            return;
        }
        sink(std::span(buffer).first(static_cast<std::size_t>(count)));
    }
}

void writeFileAtomic(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    AtomicFile file(path);
    writeAll(file.fd(), content, path.string());
    file.commit(mode);
}

std::filesystem::path linkTarget(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::symlink_status(path, error).type() ==
        std::filesystem::file_type::not_found) {
        return path;
    }
    auto target = std::filesystem::canonical(path, error);
    if (error) {
        throwErrno("follow", path.string(), error.value());
    }
    return target;
}

void replaceFile(const std::filesystem::path& path, std::string_view content) {
    const auto target = linkTarget(path);
    AtomicFile file(target);
    writeAll(file.fd(), content, path.string());
    std::filesystem::exists(target) ? file.commitLike(target) : file.commit(kNewFileMode);
}

void copyFileAtomic(const std::filesystem::path& from, const std::filesystem::path& to) {
    const Fd source = openFile(from, O_RDONLY);
    AtomicFile file(to);
    readPieces(source, from.string(), [&](std::span<const std::byte> piece) {
        writeAll(file.fd(), {reinterpret_cast<const char*>(piece.data()), piece.size()},
                 to.string());
    });
    file.commit(kNewFileMode);
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
    constexpr int kAttempts = 100;
    removeAbandoned(parent, prefix);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        std::string name = temporaryTemplate(parent, prefix);
        if (::mkdtemp(name.data()) == nullptr) {
            break;
        }
        lock_ = Fd(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        // Else somebody took it for abandoned before it was locked.
        if (lock_ && claimTemporary(lock_, name)) {
            path_ = name;
            return;
        }
    }
    throwWriteError("create a temporary directory in", parent.string());
}

TempDir::TempDir(TempDir&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

TempDir::~TempDir() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

} // namespace host
