#include "host/base/atomic_file.h"

#include "host/base/abandoned.h"
#include "host/base/error.h"
#include "host/base/file.h"

#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace host {

namespace {

constexpr std::string_view kPrefix = ".driverctl-";
constexpr unsigned kPermissions = 07777;
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

} // namespace

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)),
      directory_(path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".")) {
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
    commit(status.st_mode & kPermissions);
}

} // namespace host
