#include "host/kernel/device_node.h"

#include "host/base/directories.h"
#include "host/base/error.h"
#include "host/base/fd.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace host {

namespace {

constexpr mode_t kPermissions = 07777;
constexpr mode_t kDirectoryMode = 0755;

/// Of a path in two: the directory, above which links are followed, and the name in it.
struct Place {
    std::filesystem::path parent;
    std::string name;

    explicit Place(const std::filesystem::path& path)
        : parent(std::filesystem::absolute(path).parent_path()), name(path.filename().string()) {}

    /// The directory; an empty one where there is none.
    [[nodiscard]] Fd open() const {
        const Fd above(::open(parent.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!above) {
            return {};
        }
        Fd directory(::openat(above.get(), ownName().c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory && errno != ENOENT) {
            throw SystemError("open, following no link,", parent.string(), errno,
                              "Remove what is there: device nodes are made in directories only.");
        }
        return directory;
    }

    [[nodiscard]] Fd openOrMake() const {
        makeDirectories(parent.parent_path());
        const Fd above(::open(parent.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        const bool made = ::mkdirat(above.get(), ownName().c_str(), kDirectoryMode) == 0;
        if (!made && errno != EEXIST) {
            throwErrno("create", parent.string());
        }
        Fd directory = open();
        if (!directory || (made && ::fchmod(directory.get(), kDirectoryMode) != 0)) {
            throwErrno("open", parent.string());
        }
        return directory;
    }

  private:
    /// The root directory has none.
    [[nodiscard]] std::string ownName() const {
        return parent.has_filename() ? parent.filename().string() : ".";
    }
};

NodeChange changeOf(const std::optional<struct stat>& status, const DeviceNode& node) {
    if (!status) {
        return NodeChange::Make;
    }
    if (!S_ISCHR(status->st_mode) || status->st_rdev != node.number) {
        return NodeChange::Replace;
    }
    const bool same = (status->st_mode & kPermissions) == node.mode &&
                      status->st_uid == node.owner && status->st_gid == node.group;
    return same ? NodeChange::None : NodeChange::Permit;
}

/// What lies there, a link as a link.
std::optional<struct stat> statusOf(const Fd& directory, const DeviceNode& node) {
    struct stat status {};
    const auto name = node.path.filename();
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        return status;
    }
    if (errno != ENOENT) {
        throwErrno("look at", node.path.string());
    }
    return std::nullopt;
}

/// The umask has had its say in mknod(2); what is there by now need not be what was made.
void permit(const Fd& directory, const DeviceNode& node) {
    const auto name = node.path.filename();
    const Fd file(::openat(directory.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) {
        throwErrno("open", node.path.string());
    }
    if (changeOf(status, node) == NodeChange::Replace) {
        throw SystemError("set mode and owner of", node.path.string(), EEXIST);
    }
    if (::fchownat(file.get(), "", node.owner, node.group, AT_EMPTY_PATH) != 0 ||
        ::chmod(file.procPath().c_str(), node.mode) != 0) { // fchmod refuses O_PATH
        throwErrno("set mode and owner of", node.path.string());
    }
}

} // namespace

NodeChange changeNeeded(const DeviceNode& node) {
    const Fd directory = Place(node.path).open();
    return directory ? changeOf(statusOf(directory, node), node) : NodeChange::Make;
}

void makeDeviceNode(const DeviceNode& node) {
    const Place place(node.path);
    const Fd directory = place.openOrMake();
    const NodeChange change = changeOf(statusOf(directory, node), node);
    if (change == NodeChange::None) {
        return;
    }
    if (change == NodeChange::Replace && ::unlinkat(directory.get(), place.name.c_str(), 0) != 0) {
        throwErrno("replace", node.path.string());
    }
    if (change != NodeChange::Permit &&
        ::mknodat(directory.get(), place.name.c_str(), S_IFCHR | node.mode, node.number) != 0) {
        throwErrno("create device node", node.path.string());
    }
    permit(directory, node);
}

void makeLink(const std::filesystem::path& target, const std::filesystem::path& link) {
    const Place place(link);
    const Fd directory = place.openOrMake();
    if (::unlinkat(directory.get(), place.name.c_str(), 0) != 0 && errno != ENOENT) {
        throwErrno("replace", link.string());
    }
    if (::symlinkat(target.c_str(), directory.get(), place.name.c_str()) != 0) {
        throwErrno("create link", link.string());
    }
}

} // namespace host
