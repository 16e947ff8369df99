#include "host/base/fd.h"

#include "host/base/error.h"

#include <fcntl.h>
#include <unistd.h>

namespace host {

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

Fd::~Fd() {
    reset();
}

void Fd::reset() noexcept {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

std::filesystem::path Fd::procPath() const {
    return "/proc/self/fd/" + std::to_string(fd_);
}

Fd openFile(const std::filesystem::path& path, int flags, unsigned mode) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd < 0) {
        throwWriteError("open", path.string());
    }
    return Fd(fd);
}

bool openStandardDescriptors() {
    bool output = true;
    // open(2) gives the lowest free descriptor: the ones below are open by then.
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            output = output && fd != STDOUT_FILENO;
            if (::open("/dev/null", O_RDWR) != fd) { // NOLINT(*-vararg): inherited by children
                throwErrno("open", "/dev/null");
            }
        }
    }
    return output;
}

void writeAll(int fd, std::string_view data, std::string_view object) {
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throwWriteError("write", object);
        }
        data.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace host
