/// A lock between processes: flock(2) on an open file or directory.
///
/// Owns the descriptor; the kernel frees the lock when it is closed, also when the process is
/// killed. It excludes only who asks for it as well. A wait asks its caller five times a second
/// whether to go on, so that who reads signals from a descriptor is not deaf meanwhile: that is why
/// this needs nothing of host/process. Everything throws SystemError naming `object`.
#pragma once

#include "host/base/fd.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

namespace host {

class FileLock {
  public:
    enum class Kind { Shared, Exclusive };

    /// Waits until nobody else holds it, for this process alone. `whileWaiting` ends the wait by
    /// throwing; nothing: waits for ever.
    FileLock(Fd file, std::string_view object, const std::function<void()>& whileWaiting = {});

    /// Nothing when somebody holds it in a way that excludes this one.
    static std::optional<FileLock> tryLock(Fd file, std::string_view object,
                                           Kind kind = Kind::Exclusive);

    /// Whether the path leads to the locked file: it may have been removed, or replaced, between
    /// open and lock.
    [[nodiscard]] bool isOf(const std::filesystem::path& path) const;

    [[nodiscard]] int fd() const noexcept { return file_.get(); }

  private:
    explicit FileLock(Fd file) : file_(std::move(file)) {}

    Fd file_;
};

} // namespace host
