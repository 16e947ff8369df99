#include "host/base/abandoned.h"

#include <algorithm>
#include <cctype>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::string_view kMark = "tmp-";
constexpr std::size_t kRandom = 6; ///< characters, letters and digits, which mkstemp(3) chooses

bool isSame(int fd, const std::filesystem::path& path) {
    struct stat open {};
    struct stat named {};
    return ::fstat(fd, &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

bool isOurs(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_uid == ::geteuid() &&
           (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

void removeIfAbandoned(const std::filesystem::path& path) {
    // O_NONBLOCK: somebody may have put a FIFO there.
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd && isOurs(fd.get()) && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 &&
        isSame(fd.get(), path)) {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
}

} // namespace

std::string temporaryTemplate(const std::filesystem::path& parent, std::string_view prefix) {
    return (parent / (std::string(prefix) + std::string(kMark) + std::string(kRandom, 'X')))
        .string();
}

bool isTemporaryName(std::string_view name, std::string_view prefix) {
    if (!name.starts_with(prefix)) {
        return false;
    }
    name.remove_prefix(prefix.size());
    return name.starts_with(kMark) && name.size() == kMark.size() + kRandom &&
           std::ranges::all_of(name.substr(kMark.size()), [](unsigned char character) {
               return std::isalnum(character) != 0;
           });
}

bool claimTemporary(const Fd& fd, const std::filesystem::path& path) {
    while (::flock(fd.get(), LOCK_EX) != 0) {
        if (errno != EINTR) {
            break;
        }
    }
    return isSame(fd.get(), path);
}

void removeAbandoned(const std::filesystem::path& parent, std::string_view prefix) noexcept {
    try {
        std::error_code error;
        for (std::filesystem::directory_iterator entry(parent, error), end; !error && entry != end;
             entry.increment(error)) {
            if (isTemporaryName(entry->path().filename().native(), prefix)) {
                removeIfAbandoned(entry->path());
            }
        }
    } catch (...) { // no memory: the next run removes it
    }
}

} // namespace host
