/// Owner of one file descriptor: closes it when it dies, moves, never copies.
#pragma once

#include <filesystem>
#include <utility>

namespace host {

class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd();

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Gives the descriptor up without closing it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept;
    /// /proc/self/fd/N, for interfaces that want a path.
    [[nodiscard]] std::filesystem::path procPath() const;

  private:
    int fd_ = -1;
};

/// open(2) with O_CLOEXEC added. Throws SystemError.
Fd openFile(const std::filesystem::path& path, int flags, unsigned mode = 0600);

/// Opens those of descriptors 0, 1 and 2 that are closed on /dev/null: else the next file that is
/// opened becomes one of them, and log lines go into it. Call it first. False when stdout was
/// closed.
bool openStandardDescriptors();

/// Writes all of `data` at the descriptor's position. Throws SystemError naming `object`.
void writeAll(int fd, std::string_view data, std::string_view object);

} // namespace host
