#include "loader/driver_root.h"

#include "host/base/error.h"
#include "host/kernel/mount.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace loader {

namespace {

constexpr int kMostMounts = 10000; ///< bounds the loop should the table never become empty

} // namespace

DriverRoot::DriverRoot(const std::filesystem::path& runDirectory, host::NodeActions& actions,
                       host::Roots roots)
    : runDirectory_(runDirectory), path_(runDirectory / "driver"), actions_(actions),
      roots_(std::move(roots)) {}

void DriverRoot::requirePropagation() const {
    // The last mount at the longest prefix is the one that the directory lies on.
    const auto mounts = host::mountsBelow("/", roots_.proc);
    const host::MountInfo* holder = nullptr;
    for (const auto& mount : mounts) {
        const std::string target = mount.target.string();
        const bool above = target == "/" || runDirectory_ == mount.target ||
                           runDirectory_.string().starts_with(target + "/");
        if (above && (holder == nullptr || target.size() >= holder->target.string().size())) {
            holder = &mount;
        }
    }
    if (holder == nullptr || !holder->shared) {
        throw host::Error(
            fmt::format("{} is not shared with the host: nobody outside would see the driver root",
                        runDirectory_.string()),
            fmt::format("Start the container with -v {0}:{0}:shared (Kubernetes: mountPropagation: "
                        "Bidirectional).",
                        runDirectory_.string()));
    }
}

std::filesystem::path keptFirmware(const std::filesystem::path& root) {
    return root / "usr/share/nvidia/firmware";
}

void DriverRoot::showFirmware(const std::string& driver) {
    const auto kept = keptFirmware(roots_.root);
    const auto shown = roots_.root / "lib/firmware";
    const auto ofDriver = std::filesystem::path("nvidia") / driver;
    std::error_code missing; // then they are not the same
    if (std::filesystem::exists(kept / ofDriver) &&
        !std::filesystem::equivalent(kept / ofDriver, shown / ofDriver, missing)) {
        actions_.makeDirectories(shown);
        actions_.bindRecursive(kept, shown);
        boundFirmware_ = true;
    }
}

void DriverRoot::hideFirmware() {
    if (std::exchange(boundFirmware_, false)) {
        actions_.detach(roots_.root / "lib/firmware");
    }
}

void DriverRoot::mount() {
    actions_.makeDirectories(path_);
    // A bind of shared mounts would be their peer: under crun the container's root is one, and
    // taking the copy away would take the container's /proc away; where the host's /sys is one,
    // mounts below it would show twice. The copy is private, and becomes shared where it is
    // attached, so that taking it away propagates to the host.
    actions_.attachMounts(actions_.cloneMounts(roots_.root), path_);
}

void DriverRoot::unmount() {
    for (int i = 0; i < kMostMounts && isMounted(); ++i) {
        actions_.detach(path_);
    }
}

bool DriverRoot::isMounted() const {
    return std::ranges::any_of(
        host::mountsBelow(path_, roots_.proc),
        [this](const host::MountInfo& mount) { return mount.target == path_; });
}

} // namespace loader
