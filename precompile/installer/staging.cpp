#include "precompile/installer/staging.h"

#include "host/base/error.h"
#include "host/base/fd.h"
#include "host/base/rooted.h"
#include "host/crypto/digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace precompile {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kDirectoryMode = 0755;

} // namespace

Staging::Staging(const fs::path& root) : root_(root), work_(root, ".driverctl-unpack-") {}

/// Also those have mode 0755 whatever the umask: a directory may be moved as a whole.
void Staging::makeParents(const fs::path& place) {
    fs::path now = work_.path();
    for (const auto& part : place.parent_path()) {
        now /= part;
        if (::mkdir(now.c_str(), kDirectoryMode) == 0 ? ::chmod(now.c_str(), kDirectoryMode) != 0
                                                      : errno != EEXIST) {
            host::throwErrno("make", now.string());
        }
    }
}

void Staging::addFile(const PlacedFile& file,
                      const std::function<void(const host::MemberSink&)>& produce) {
    makeParents(file.place);
    const fs::path path = staged(file.place);
    const host::Fd fd = host::openFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file.mode);
    produce([&](std::span<const std::byte> part) {
        host::writeAll(fd.get(), {reinterpret_cast<const char*>(part.data()), part.size()},
                       path.string());
    });
    if (::fchmod(fd.get(), file.mode) != 0) {
        host::throwErrno("change the mode of", path.string());
    }
}

void Staging::addLink(const PlacedLink& link) {
    makeParents(link.place);
    if (::symlink(link.target.c_str(), staged(link.place).c_str()) != 0) {
        host::throwErrno("make the link", staged(link.place).string());
    }
}

bool Staging::isSameOrNothing(const fs::path& place) const {
    const host::Fd parent = root_.openIfThere(place.parent_path(), O_PATH | O_DIRECTORY);
    if (!parent) {
        return true;
    }
    const std::string name = place.filename();
    struct stat status {};
    if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT;
    }
    if (S_ISLNK(status.st_mode)) {
        std::error_code isNoLink;
        return host::linkIn(parent, name) == fs::read_symlink(staged(place), isNoLink).string();
    }
    std::error_code unreadable;
    if (!S_ISREG(status.st_mode) || !fs::is_regular_file(fs::symlink_status(staged(place))) ||
        fs::file_size(staged(place), unreadable) != static_cast<std::uint64_t>(status.st_size)) {
        return false;
    }
    return host::digestOfFile(parent.procPath() / name) == host::digestOfFile(staged(place));
}

void Staging::requireSameOrNothing(const std::vector<fs::path>& places) const {
    std::string first;
    std::size_t others = 0;
    for (const fs::path& place : places) {
        if (isSameOrNothing(place)) {
            continue;
        }
        others += first.empty() ? 0 : 1;
        first = first.empty() ? root_.onHost(place).string() : first;
    }
    if (!first.empty()) {
        throw host::Error(
            fmt::format("{} is there already and is another{}", first,
                        others == 0 ? "" : fmt::format(", and so are {} more files", others)),
            "Give a root without another driver, or remove what is there.");
    }
}

/// Whether not even a link is there.
bool Staging::isNothing(const fs::path& place) const {
    const fs::path above = place.has_parent_path() ? place.parent_path() : ".";
    const host::Fd parent = root_.openIfThere(above, O_PATH | O_DIRECTORY);
    struct stat status {};
    return !parent ||
           ::fstatat(parent.get(), place.filename().c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0;
}

void Staging::requireDirectories(const std::vector<fs::path>& places) const {
    const auto deviceOf = [](const host::Fd& directory, const fs::path& path) {
        struct stat status {};
        if (::fstat(directory.get(), &status) != 0) {
            host::throwErrno("look at", path.string());
        }
        return status.st_dev;
    };
    const dev_t own = deviceOf(host::openFile(work_.path(), O_PATH), work_.path());
    std::set<fs::path> seen;
    for (const fs::path& place : places) {
        for (fs::path now = place.parent_path(); !now.empty() && seen.insert(now).second;
             now = now.parent_path()) {
            const host::Fd there = root_.openIfThere(now, O_PATH | O_DIRECTORY);
            if (!there && !isNothing(now)) {
                throw host::Error(fmt::format("{} is no directory", root_.onHost(now).string()),
                                  "Give a root file system, or an empty directory.");
            }
            if (there && deviceOf(there, now) != own) {
                throw host::Error(fmt::format("{} is on another file system than {}",
                                              root_.onHost(now).string(), root_.path().string()),
                                  "Unmount it, or unpack into an empty directory and copy that.");
            }
        }
    }
}

void Staging::sync() const {
    const host::Fd fd = host::openFile(work_.path(), O_RDONLY | O_DIRECTORY);
    if (::syncfs(fd.get()) != 0) {
        host::throwErrno("write", work_.path().string());
    }
}

host::Fd Staging::directory(const fs::path& inside) const {
    constexpr int kFlags = O_PATH | O_DIRECTORY;
    if (!inside.has_relative_path()) {
        return root_.open(".", kFlags);
    }
    if (host::Fd found = root_.openIfThere(inside, kFlags)) {
        return found;
    }
    const host::Fd parent = directory(inside.parent_path());
    const std::string name = inside.filename();
    if (::mkdirat(parent.get(), name.c_str(), kDirectoryMode) != 0 ||
        ::fchmodat(parent.get(), name.c_str(), kDirectoryMode, 0) != 0) {
        host::throwErrno("make", root_.onHost(inside).string());
    }
    return root_.open(inside, kFlags);
}

void Staging::move(const fs::path& place) const {
    const host::Fd parent = directory(place.parent_path());
    if (::renameat(AT_FDCWD, staged(place).c_str(), parent.get(), place.filename().c_str()) != 0) {
        host::throwErrno("move a file to", root_.onHost(place).string());
    }
}

} // namespace precompile
