/// What edits put into a container, by mounting it there: the driver's files, and the host's device
/// nodes.
///
/// Owns detached mounts of the host's files, which were opened where the host's files are seen and
/// are attached where the container's are: nothing is looked up on the host once the container's
/// names count. Throws host::SystemError.
#pragma once

#include "host/base/observer.h"
#include "toolkit/edits/container_edits.h"
#include "toolkit/hooks/container_root.h"
#include "toolkit/hooks/detached_mount.h"
#include "toolkit/hooks/device_program.h"

#include <filesystem>
#include <sys/stat.h>
#include <vector>

namespace toolkit {

class DriverMounts {
  public:
    /// Links on the way to a file of the driver root stay in it.
    DriverMounts(const ContainerEdits& edits, const std::filesystem::path& driverRoot);

    [[nodiscard]] const std::vector<DeviceNumber>& devices() const noexcept { return devices_; }

    /// Doing it twice is doing it once. What the root lets nobody change (read-only, a volume) is
    /// told to the observer, in one warning, and the rest is done.
    void attachTo(const ContainerRoot& root, const host::Observer& observer) const;

  private:
    struct Prepared {
        std::filesystem::path place; ///< in the container
        DetachedMount mount;
        struct stat what;
    };

    std::vector<Prepared> mounts_;
    std::vector<DeviceNumber> devices_;
};

} // namespace toolkit
