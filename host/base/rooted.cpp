#include "host/base/rooted.h"

#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <array>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/syscall.h>
#include <unistd.h>

namespace host {

namespace {

/// Returns -1 with errno. EAGAIN: something was renamed or mounted while a ".." was followed.
int openInRoot(int root, const std::filesystem::path& inside, int flags, unsigned mode) {
    constexpr int kAttempts = 64;
    open_how how{};
    how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
    if ((flags & O_PATH) == 0) {
        how.flags |= O_NONBLOCK | O_NOCTTY;
    }
    how.mode = mode;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    long fd = -1;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        fd = ::syscall(SYS_openat2, root, inside.c_str(), &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN) {
            break;
        }
    }
    return static_cast<int>(fd);
}

bool saysNothingIsThere(int error) {
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EACCES ||
           error == ENXIO;
}

/// Where the descriptor's file lies now, as /proc says it. Asked for at each start of a container,
/// for each of the driver's files.
/// Nothing, and errno, where /proc does not.
std::optional<std::string> placeOf(const Fd& fd) {
    std::array<char, PATH_MAX> buffer; // NOLINT(*-member-init): 4 KiB that readlink(2) fills
    const ssize_t size = ::readlink(fd.procPath().c_str(), buffer.data(), buffer.size());
    return size < 0 ? std::nullopt
                    : std::optional(std::string(buffer.data(), static_cast<std::size_t>(size)));
}

} // namespace

Rooted::Rooted(std::filesystem::path directory)
    : path_(std::move(directory)), directory_(openFile(path_, O_PATH | O_DIRECTORY)) {}

Rooted::Rooted(Fd directory, std::filesystem::path path)
    : path_(std::move(path)), directory_(std::move(directory)) {}

Fd Rooted::open(const std::filesystem::path& inside, int flags, unsigned mode) const {
    Fd fd(openInRoot(directory_.get(), inside, flags, mode));
    if (!fd) {
        throwErrno("open", onHost(inside).string());
    }
    return fd;
}

Fd Rooted::openIfThere(const std::filesystem::path& inside, int flags) const {
    Fd fd(openInRoot(directory_.get(), inside, flags, 0));
    if (!fd && !saysNothingIsThere(errno)) {
        throwErrno("open", onHost(inside).string());
    }
    return fd;
}

std::optional<std::filesystem::path> Rooted::resolve(const std::filesystem::path& inside) const {
    const Fd fd = openIfThere(inside, O_PATH);
    if (!fd) {
        return std::nullopt;
    }
    const auto place = placeOf(fd);
    const auto root = place ? placeOf(directory_) : std::nullopt;
    if (!root) {
        throwErrno("resolve", onHost(inside).string());
    }
    if (*root == "/" || *place == *root) {
        return *root == "/" ? *place : "/";
    }
    const bool isBelow = place->starts_with(*root) && (*place)[root->size()] == '/';
    return isBelow ? std::optional(place->substr(root->size())) : std::nullopt; // moved meanwhile
}

bool Rooted::exists(const std::filesystem::path& inside) const {
    return static_cast<bool>(openIfThere(inside, O_PATH));
}

std::vector<std::string> Rooted::names(const std::filesystem::path& directory,
                                       std::size_t limit) const {
    Fd fd = openIfThere(directory, O_RDONLY | O_DIRECTORY);
    std::vector<std::string> found;
    if (!fd) {
        return found;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), &::closedir);
    if (!stream) {
        throwErrno("list", onHost(directory).string());
    }
    static_cast<void>(fd.release()); // the stream's
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..") {
            found.emplace_back(name);
        }
        if (found.size() > limit) {
            throw Error(
                fmt::format("{} has more than {} names", onHost(directory).string(), limit));
        }
        errno = 0;
    }
    if (errno != 0) {
        throwErrno("list", onHost(directory).string());
    }
    std::ranges::sort(found);
    return found;
}

std::optional<std::string> Rooted::read(const std::filesystem::path& file,
                                        std::size_t limit) const {
    const Fd fd = openIfThere(file, O_RDONLY);
    return fd ? std::optional(readWhole(fd, onHost(file), limit)) : std::nullopt;
}

std::optional<std::string> linkIn(const Fd& directory, const std::string& name) {
    std::array<char, PATH_MAX> buffer{};
    const ssize_t length =
        ::readlinkat(directory.get(), name.c_str(), buffer.data(), buffer.size());
    return length < 0 ? std::nullopt
                      : std::optional(std::string(buffer.data(), static_cast<std::size_t>(length)));
}

} // namespace host
