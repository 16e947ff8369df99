/// A device node of the host as stat(2) tells of it, for edits that need more than its path.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

namespace toolkit {

struct HostNode {
    char type = 'c'; ///< 'c', or 'b'
    unsigned major = 0;
    unsigned minor = 0;
    mode_t permissions = 0666;
    uid_t uid = 0;
    gid_t gid = 0;
};

inline HostNode hostNodeOf(const struct stat& status) {
    return {.type = S_ISBLK(status.st_mode) ? 'b' : 'c',
            .major = gnu_dev_major(status.st_rdev),
            .minor = gnu_dev_minor(status.st_rdev),
            .permissions = status.st_mode & ~static_cast<mode_t>(S_IFMT),
            .uid = status.st_uid,
            .gid = status.st_gid};
}

/// Throws where there is none.
using NodeLookup = std::function<HostNode(const std::filesystem::path&)>;

/// The group without which a process cannot use the node; nothing where everybody may, or only
/// root.
inline std::optional<gid_t> groupOf(const HostNode& node) {
    constexpr mode_t kForEverybody = 06;
    const bool isForEverybody = (node.permissions & kForEverybody) == kForEverybody;
    return isForEverybody || node.gid == 0 ? std::nullopt : std::optional(node.gid);
}

} // namespace toolkit
