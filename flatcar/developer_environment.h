/// A release's developer container as a build root: partition 9 of the image, mounted read-only
/// through a loop device, under a writable layer in memory.
///
/// Owns its mounts, all of which lie in the caller's private mount namespace
/// (host::enterPrivateMountNamespace() comes first): they end with the object, or with the process,
/// however that ends. The image is not changed. Fails with an Error when the image is not what a
/// Flatcar developer container is, or holds another kernel than the wanted one; with
/// Fault::Verification when it is another release's or board's (image_identity.h).
#pragma once

#include "distribution/distribution.h"
#include "flatcar/developer_image.h"
#include "host/kernel/loop.h"
#include "host/kernel/mount.h"

#include <deque>
#include <string>

namespace flatcar {

class DeveloperEnvironment : public distribution::BuildEnvironment {
  public:
    /// `kernel` empty: whatever the image holds. The mount points are empty directories below
    /// `directory`, which stay; processes do not see each other's mounts there.
    DeveloperEnvironment(const DeveloperImage& image, const Release& release,
                         const std::string& kernel, const std::filesystem::path& directory);
    DeveloperEnvironment(const DeveloperEnvironment&) = delete;
    DeveloperEnvironment& operator=(const DeveloperEnvironment&) = delete;
    DeveloperEnvironment(DeveloperEnvironment&&) = delete;
    DeveloperEnvironment& operator=(DeveloperEnvironment&&) = delete;
    ~DeveloperEnvironment() override;

    [[nodiscard]] const distribution::BuildRoot& buildRoot() const override { return buildRoot_; }

  private:
    std::deque<host::MountPoint> mounts_; ///< in the order in which they were made
    distribution::BuildRoot buildRoot_;
};

} // namespace flatcar
