#include "toolkit/hooks/container_root.h"

#include "host/base/error.h"
#include "host/base/file.h"
#include "host/base/rooted.h"
#include "host/kernel/mount.h"

#include <algorithm>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace toolkit {

namespace {

constexpr unsigned kDirectoryMode = 0755;
constexpr unsigned kFileMode = 0644;

/// Where something is made before it gets its name; one that a killed hook left is taken for it.
std::string temporaryNameOf(const std::string& name) {
    return "." + name + ".driverctl";
}

// `name` makes the path for an error: paths cost more than system calls, and there are a hundred.

template <typename Name>
std::uint64_t mountOf(int fd, const Name& name) {
    struct statx status {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0) {
        host::throwErrno("find the mount of", name().string());
    }
    if ((status.stx_mask & STATX_MNT_ID) == 0) { // before Linux 5.8
        host::throwErrno("find the mount of", name().string(), ENOSYS);
    }
    return status.stx_mnt_id;
}

template <typename Name>
struct stat statusOf(int fd, const Name& name) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        host::throwErrno("read", name().string());
    }
    return status;
}

/// A path that names something in a directory, without "." and "..".
std::filesystem::path normal(const std::filesystem::path& inside) {
    auto path = ("/" / inside).lexically_normal();
    if (!path.has_filename()) {
        throw host::SystemError("make", inside.string(), EISDIR);
    }
    return path;
}

/// Whatever has the name already is looked at by the one that opens it.
template <typename Object>
void makeIfMissing(const host::Fd& parent, const std::string& name, bool isDirectory,
                   const Object& object) {
    const host::Fd made(isDirectory ? -1
                                    : ::openat(parent.get(), name.c_str(),
                                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                               kFileMode));
    const bool isMade =
        isDirectory ? ::mkdirat(parent.get(), name.c_str(), kDirectoryMode) == 0 : bool(made);
    if (!isMade && errno != EEXIST) {
        host::throwErrno("make", object().string());
    }
}

/// Makes something under another name, which it has until rename() succeeds.
class Temporary {
  public:
    Temporary(const host::Fd& directory, const std::string& name)
        : directory_(directory.get()), name_(name), temporary_(temporaryNameOf(name)) {
        ::unlinkat(directory_, temporary_.c_str(), 0);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    Temporary(Temporary&&) = delete;
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary() { ::unlinkat(directory_, temporary_.c_str(), 0); }

    [[nodiscard]] const char* name() const { return temporary_.c_str(); }
    [[nodiscard]] bool rename() const {
        return ::renameat(directory_, temporary_.c_str(), directory_, name_.c_str()) == 0;
    }

  private:
    int directory_;
    const std::string& name_;
    std::string temporary_;
};

} // namespace

ContainerRoot::ContainerRoot(const std::filesystem::path& root)
    : tree_(root), mount_(mountOf(tree_.fd(), [&] { return root; })) {
    const auto own = statusOf(tree_.fd(), [&] { return root; });
    struct stat host {};
    if (::stat("/", &host) == 0 && own.st_dev == host.st_dev && own.st_ino == host.st_ino) {
        throw host::SystemError("change a container in", root.string(), EPERM,
                                "It is the host's own root: the container has the host's files");
    }
}

host::Fd ContainerRoot::directory(const std::filesystem::path& inside) const {
    constexpr int kFlags = O_PATH | O_DIRECTORY;
    if (!inside.has_relative_path()) {
        return tree_.open(inside, kFlags);
    }
    if (host::Fd found = tree_.openIfThere(inside, kFlags)) {
        return found;
    }
    const host::Fd parent = directoryToChange(inside.parent_path());
    makeIfMissing(parent, inside.filename(), true, [&] { return tree_.onHost(inside); });
    return tree_.open(inside, kFlags);
}

std::optional<std::uint64_t> ContainerRoot::mountOfDevices() const {
    const std::filesystem::path devices = "/dev";
    const auto name = [&] { return devices; };
    const host::Fd found = tree_.openIfThere(devices, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    struct statfs system {};
    struct stat hosts {};
    if (!found || ::fstatfs(found.get(), &system) != 0 || system.f_type != TMPFS_MAGIC ||
        ::stat(devices.c_str(), &hosts) != 0 ||
        statusOf(found.get(), name).st_dev == hosts.st_dev) {
        return std::nullopt;
    }
    return mountOf(found.get(), name);
}

host::Fd ContainerRoot::directoryToChange(const std::filesystem::path& inside) const {
    host::Fd found = directory(inside);
    const auto mount = mountOf(found.get(), [&] { return tree_.onHost(inside); });
    if (mount != mount_ && mount != mountOfDevices()) {
        throw host::SystemError("change", tree_.onHost(inside).string(), EXDEV,
                                "It lies in a volume, whose owner may be another");
    }
    return found;
}

ContainerRoot::Link ContainerRoot::placeLink(const std::filesystem::path& link,
                                             const std::string& target) const {
    const auto path = normal(link);
    const std::string name = path.filename();
    const host::Fd parent = directoryToChange(path.parent_path());
    if (host::linkIn(parent, name) == target) {
        return Link::Placed;
    }
    if (::symlinkat(target.c_str(), parent.get(), name.c_str()) == 0) {
        return Link::Placed;
    }
    if (errno != EEXIST) {
        host::throwErrno("make the link", tree_.onHost(path).string());
    }
    if (!host::linkIn(parent, name)) {
        return Link::Kept;
    }
    const Temporary temporary(parent, name);
    if (::symlinkat(target.c_str(), parent.get(), temporary.name()) != 0 || !temporary.rename()) {
        host::throwErrno("replace the link", tree_.onHost(path).string());
    }
    return Link::Placed;
}

void ContainerRoot::placeFile(const std::filesystem::path& file, std::string_view content) const {
    const auto path = normal(file);
    const std::string object = tree_.onHost(path);
    const std::string name = path.filename();
    const host::Fd parent = directoryToChange(path.parent_path());
    const Temporary temporary(parent, name);
    const host::Fd made(::openat(parent.get(), temporary.name(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
    if (!made) {
        host::throwErrno("write", object);
    }
    host::writeAll(made.get(), content, object);
    if (::fchmod(made.get(), kFileMode) != 0 || !temporary.rename()) {
        host::throwErrno("write", object);
    }
}

host::Fd ContainerRoot::mountPoint(const std::filesystem::path& place,
                                   const struct stat& what) const {
    const auto path = normal(place);
    const auto object = [&] { return tree_.onHost(path); };
    const std::string name = path.filename();
    const host::Fd parent = directoryToChange(path.parent_path());
    makeIfMissing(parent, name, S_ISDIR(what.st_mode), object);
    host::Fd found(::openat(parent.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!found) {
        host::throwErrno("open", object().string());
    }
    const auto present = statusOf(found.get(), object);
    if (present.st_dev == what.st_dev && present.st_ino == what.st_ino) {
        return {};
    }
    if (S_ISLNK(present.st_mode)) {
        throw host::SystemError("mount on", object().string(), ELOOP,
                                "It is a symbolic link of the image's");
    }
    if (S_ISDIR(present.st_mode) != S_ISDIR(what.st_mode)) {
        throw host::SystemError("mount on", object().string(),
                                S_ISDIR(what.st_mode) ? ENOTDIR : EISDIR);
    }
    if (mountOf(found.get(), object) != mountOf(parent.get(), object)) {
        throw host::SystemError("mount on", object().string(), EXDEV,
                                "Something else is mounted there");
    }
    return found;
}

host::Fd ContainerRoot::openFile(const std::filesystem::path& file) const {
    // Not opened to be read before it is known what it is: to open a device is to use it.
    const host::Fd found = tree_.openIfThere(file, O_PATH);
    return found && S_ISREG(statusOf(found.get(), [&] { return file; }).st_mode)
               ? host::openFile(found.procPath(), O_RDONLY)
               : host::Fd();
}

std::optional<std::string> ContainerRoot::read(const std::filesystem::path& file,
                                               std::size_t limit) const {
    const host::Fd found = openFile(file);
    return found ? std::optional(host::readWhole(found, tree_.onHost(file), limit)) : std::nullopt;
}

void ContainerRoot::requireUnshared(const host::Fd& place,
                                    const std::filesystem::path& inside) const {
    const auto object = [&] { return tree_.onHost(inside); };
    const std::uint64_t mount = mountOf(place.get(), object);
    const auto mounts = host::parseMountInfo(host::readFile("/proc/self/mountinfo"));
    const auto found = std::ranges::find_if(mounts, [mount](const host::MountInfo& each) {
        return static_cast<std::uint64_t>(each.id) == mount;
    });
    if (found == mounts.end() || found->shared) {
        throw host::SystemError("mount on", object().string(), EXDEV,
                                "It lies in a volume that is shared: others would see the mount");
    }
}

bool ContainerRoot::isDirectory(const std::filesystem::path& inside) const {
    return static_cast<bool>(tree_.openIfThere(inside, O_PATH | O_DIRECTORY));
}

} // namespace toolkit
