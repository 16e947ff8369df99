/// Mounts that are prepared where nobody sees them, and then appear in one step on what a
/// descriptor says, whatever has its name meanwhile (open_tree, fsmount, mount_setattr, move_mount;
/// Linux 5.12).
///
/// Owns the mount until it is attached, and is gone with its owner unless it was. Needs
/// CAP_SYS_ADMIN in the mount namespace's user namespace. Throws SystemError.
#pragma once

#include "host/base/fd.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit {

/// What a mount's options say that it does not let do: "ro", "nosuid", "nodev", "noexec". The
/// others that edits have are those of any mount here: "rbind", "rprivate".
std::uint64_t attributesOf(const std::vector<std::string>& options);

class DetachedMount {
  public:
    /// What lies at the descriptor `place`, a file or a directory with all that is mounted below
    /// it.
    static DetachedMount copyOf(int place, std::string_view object);
    /// An empty file system in memory that holds at most `size` bytes; its root is the user's own.
    static DetachedMount memory(std::size_t size);

    /// Takes from it, and from each mount of it, what the attributes name (MOUNT_ATTR_…); nothing
    /// that is mounted in it is seen elsewhere.
    void restrict(std::uint64_t attributes) const;
    /// Nobody writes, executes, or opens a device by way of it.
    void protect() const;

    /// On the file or directory of the descriptor.
    void attachTo(int place, std::string_view object) const;
    /// Takes it away again, if it is there; who has it open keeps it. Needs /proc.
    void detach() const noexcept;

    [[nodiscard]] int fd() const noexcept { return root_.get(); }

  private:
    explicit DetachedMount(host::Fd root) : root_(std::move(root)) {}

    host::Fd root_;
};

} // namespace toolkit
