#include "toolkit/hooks/detached_mount.h"

#include "host/base/error.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string>
#include <sys/mount.h>
#include <utility>

namespace toolkit {

std::uint64_t attributesOf(const std::vector<std::string>& options) {
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kAttributes{{
        {"ro", MOUNT_ATTR_RDONLY},
        {"nosuid", MOUNT_ATTR_NOSUID},
        {"nodev", MOUNT_ATTR_NODEV},
        {"noexec", MOUNT_ATTR_NOEXEC},
    }};
    std::uint64_t attributes = 0;
    for (const auto& [name, attribute] : kAttributes) {
        attributes |= std::ranges::count(options, name) != 0 ? attribute : 0;
    }
    return attributes;
}

DetachedMount DetachedMount::copyOf(int place, std::string_view object) {
    host::Fd root(
        ::open_tree(place, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!root) {
        host::throwErrno("copy the mount of", object);
    }
    return DetachedMount(std::move(root));
}

DetachedMount DetachedMount::memory(std::size_t size) {
    const host::Fd system(::fsopen("tmpfs", FSOPEN_CLOEXEC));
    const std::string bytes = std::to_string(size);
    if (!system || ::fsconfig(system.get(), FSCONFIG_SET_STRING, "size", bytes.c_str(), 0) != 0 ||
        ::fsconfig(system.get(), FSCONFIG_SET_STRING, "mode", "0700", 0) != 0 ||
        ::fsconfig(system.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        host::throwErrno("make", "a file system in memory");
    }
    host::Fd root(::fsmount(system.get(), FSMOUNT_CLOEXEC,
                            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    if (!root) {
        host::throwErrno("mount", "a file system in memory");
    }
    return DetachedMount(std::move(root));
}

void DetachedMount::restrict(std::uint64_t attributes) const {
    mount_attr change{};
    change.attr_set = attributes;
    change.propagation = MS_PRIVATE;
    if (::mount_setattr(fd(), "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change) != 0) {
        host::throwErrno("protect", "a mount");
    }
}

void DetachedMount::protect() const {
    restrict(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

void DetachedMount::attachTo(int place, std::string_view object) const {
    if (::move_mount(fd(), "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
        host::throwErrno("mount on", object);
    }
}

void DetachedMount::detach() const noexcept {
    ::umount2(root_.procPath().c_str(), MNT_DETACH);
}

} // namespace toolkit
