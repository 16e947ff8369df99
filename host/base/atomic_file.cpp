#include "host/base/atomic_file.h"

#include "host/base/abandoned.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <linux/limits.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::string_view kPrefix = ".driverctl-";
constexpr unsigned kPermissions = 07777;
constexpr const char* kAccessControlList = "system.posix_acl_access";
constexpr int kAttempts = 100;

/// A named temporary file; nobody removed it before it was locked.
Fd createNamed(const std::filesystem::path& directory, std::string& temporary) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        temporary = temporaryTemplate(directory, kPrefix);
        Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
        if (!fd) {
            break;
        }
        if (claimTemporary(fd, temporary)) {
            return fd;
        }
    }
    temporary.clear();
    return {};
}

/// A rename would put a file there, in the place of /dev/null for all.
void refuseDevice(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) &&
        !S_ISDIR(status.st_mode)) {
        throw Error(Fault::Usage,
                    path.string() + " is a device, a pipe or a socket, and would be replaced",
                    "Name a file.");
    }
}

std::optional<std::string> attributeOf(const std::filesystem::path& file, const char* name) {
    std::string value(XATTR_SIZE_MAX, '\0');
    const ssize_t size = ::getxattr(file.c_str(), name, value.data(), value.size());
    if (size < 0) {
        return std::nullopt;
    }
    value.resize(static_cast<std::size_t>(size));
    return value;
}

bool setAttribute(int fd, const char* name, const std::string& value) {
    return ::fsetxattr(fd, name, value.data(), value.size(), 0) == 0;
}

bool isKept(std::string_view attribute) {
    constexpr std::array<std::string_view, 3> kKept{"system.nfs4_acl", "security.selinux",
                                                    "security.SMACK64"};
    return attribute.starts_with("user.") || std::ranges::count(kKept, attribute) != 0;
}

void copyAttributes(const std::filesystem::path& from, int to) {
    std::string names(XATTR_LIST_MAX, '\0');
    const ssize_t size = ::listxattr(from.c_str(), names.data(), names.size());
    names.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    for (std::size_t start = 0; start < names.size();) {
        const char* name = names.c_str() + start;
        const auto value = isKept(name) ? attributeOf(from, name) : std::nullopt;
        static_cast<void>(value && setAttribute(to, name, *value));
        start = names.find('\0', start) + 1;
    }
}

/// False: `from` has one that `to` has not. One that `to` got from its directory goes.
bool copyAccessControlList(const std::filesystem::path& from, int to) {
    if (const auto list = attributeOf(from, kAccessControlList)) {
        return setAttribute(to, kAccessControlList, *list);
    }
    ::fremovexattr(to, kAccessControlList);
    return true;
}

} // namespace

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)),
      directory_(path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".")) {
    refuseDevice(path_);
    removeAbandoned(directory_, kPrefix);
    fd_ = Fd(::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd_) { // a kernel or a file system without O_TMPFILE, or there is no such directory
        fd_ = createNamed(directory_, temporary_);
    }
    if (!fd_) {
        throwWriteError("create a temporary file for", path_.string());
    }
}

AtomicFile::~AtomicFile() {
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

/// Gives the file without a name one: only a name can be renamed to replace another.
void AtomicFile::name() {
    const auto self = fd_.procPath();
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        // mkostemp's own file only reserves a name that nobody has.
        std::string name = temporaryTemplate(directory_, kPrefix);
        const Fd reserved(::mkostemp(name.data(), O_CLOEXEC));
        if (!reserved) {
            break;
        }
        ::unlink(name.c_str());
        if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
            temporary_ = name;
            return;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    throwWriteError("name a temporary file for", path_.string());
}

void AtomicFile::publish() {
    if (::fsync(fd_.get()) != 0) {
        throwWriteError("sync", path_.string());
    }
    if (temporary_.empty()) {
        // Locked before it has a name, so that nobody takes it for abandoned.
        static_cast<void>(claimTemporary(fd_, path_));
        name();
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        throwWriteError("rename a temporary file to", path_.string());
    }
    temporary_.clear();
    syncDirectory(directory_);
}

void AtomicFile::commit(unsigned mode) {
    if (::fchmod(fd_.get(), mode) != 0) {
        throwErrno("set the mode of", path_.string());
    }
    publish();
}

void AtomicFile::commitLike(const std::filesystem::path& other) {
    struct stat status {};
    if (::stat(other.c_str(), &status) != 0) {
        throwErrno("stat", other.string());
    }
    // Who may not give files away keeps it; chown(2) comes first because it clears set-id bits.
    static_cast<void>(::fchown(fd_.get(), status.st_uid, status.st_gid) == 0 ||
                      ::fchown(fd_.get(), static_cast<uid_t>(-1), status.st_gid) == 0);
    copyAttributes(other, fd_.get());
    const bool hasList = copyAccessControlList(other, fd_.get());
    commit(status.st_mode & kPermissions & (hasList ? ~0U : ~unsigned{S_IRWXG}));
}

} // namespace host
