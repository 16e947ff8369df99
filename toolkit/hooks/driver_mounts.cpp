#include "toolkit/hooks/driver_mounts.h"

#include "host/base/error.h"
#include "host/base/rooted.h"
#include "toolkit/hooks/unchangeable.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/mount.h>
#include <sys/sysmacros.h>

namespace fs = std::filesystem;

namespace toolkit {

namespace {

struct stat statusOf(const host::Fd& file, const fs::path& path) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        host::throwErrno("read", path.string());
    }
    return status;
}

/// A file of the host, or one below the driver root.
host::Fd openSource(const host::Rooted& host, const host::Rooted& driver, const fs::path& path) {
    const auto inside = path.lexically_relative(driver.path());
    const bool isBelow = !inside.empty() && *inside.begin() != "..";
    return isBelow ? driver.open(inside, O_PATH | O_NOFOLLOW)
                   : host.open(path, O_PATH | O_NOFOLLOW);
}

} // namespace

DriverMounts::DriverMounts(const ContainerEdits& edits, const fs::path& driverRoot) {
    const host::Rooted host("/");
    const host::Rooted driver(driverRoot);
    const auto prepare = [&](const fs::path& source, const fs::path& place,
                             std::uint64_t attributes) -> const struct stat& {
        const host::Fd file = openSource(host, driver, source);
        mounts_.push_back(
            {place, DetachedMount::copyOf(file.get(), source.string()), statusOf(file, source)});
        mounts_.back().mount.restrict(attributes);
        return mounts_.back().what;
    };
    for (const DeviceNodeEdit& node : edits.deviceNodes) {
        const auto& status =
            prepare(node.onHost(), node.path, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        if (!S_ISCHR(status.st_mode)) {
            throw host::SystemError("mount", node.onHost().string(), ENODEV,
                                    "It is no device node: let driverctl make it again");
        }
        devices_.push_back({major(status.st_rdev), minor(status.st_rdev)});
    }
    for (const MountEdit& mount : edits.mounts) {
        prepare(mount.hostPath, mount.containerPath, attributesOf(mount.options));
    }
}

void DriverMounts::attachTo(const ContainerRoot& root, const host::Observer& observer) const {
    std::optional<host::SystemError> first;
    std::size_t left = 0;
    for (const Prepared& prepared : mounts_) {
        try {
            if (const host::Fd place = root.mountPoint(prepared.place, prepared.what)) {
                prepared.mount.attachTo(place.get(), prepared.place.string());
            }
        } catch (const host::SystemError& error) {
            if (!isUnchangeable(error)) {
                throw;
            }
            first = first ? first : error;
            ++left;
        }
    }
    if (first) {
        observer.forgive(host::Error(
            fmt::format("{} of the driver's {} files and nodes are not in the container: {}", left,
                        mounts_.size(), first->what()),
            first->remedy()));
    }
}

} // namespace toolkit
