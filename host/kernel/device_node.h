/// Device nodes and the links beside them, made without following a link.
///
/// Neither what lies at a path nor the directory that it lies in may be a symbolic link: whoever
/// can put one there would have a node made, or its mode and owner changed, elsewhere. What is in
/// the way at the path itself is replaced, a link as a link; a directory that is a link is
/// SystemError. The directories above that one are trusted. Everything goes through descriptors, so
/// that a link that is swapped in meanwhile is an error, too.
#pragma once

#include <filesystem>
#include <sys/types.h>

namespace host {

struct DeviceNode {
    std::filesystem::path path;
    dev_t number = 0;
    mode_t mode = 0666; ///< permission bits only; the node is a character device
    uid_t owner = 0;
    gid_t group = 0;
};

/// What makes of that which lies at a path the node that is wanted.
enum class NodeChange {
    None,    ///< it is exactly that
    Make,    ///< nothing lies there
    Replace, ///< something else does, or a node with another number
    Permit,  ///< its mode or owner are others
};

/// Changes nothing. Throws as makeDeviceNode() would for a directory that is a link.
NodeChange changeNeeded(const DeviceNode& node);

/// mknod(2), chown(2) and chmod(2), as far as they are needed. The directory that it lies in is
/// made with mode 0755, those above as the umask says. Throws SystemError.
void makeDeviceNode(const DeviceNode& node);

/// symlink(2), in place of what is there. Directories as above. Throws SystemError.
void makeLink(const std::filesystem::path& target, const std::filesystem::path& link);

} // namespace host
