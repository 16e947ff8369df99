/// The driver root: this container's root file system, visible to the host at /run/nvidia/driver.
///
/// A recursive bind below a mount that the host shares with us, so that it propagates. It outlives
/// the process; what a dead instance left is found in the mount table and taken away first.
///
/// The driver's firmware has to show in its lib/firmware. An image keeps it where no mount hides it
/// (keptFirmware); where one does, as in the GPU Operator's pods, it is bound there.
#pragma once

#include "host/base/roots.h"
#include "host/kernel/node_actions.h"

#include <filesystem>
#include <string>

namespace loader {

class DriverRoot {
  public:
    /// `runDirectory` is /run/nvidia.
    DriverRoot(const std::filesystem::path& runDirectory, host::NodeActions& actions,
               host::Roots roots = {});

    /// Throws host::Error unless the run directory lies on a shared mount.
    void requirePropagation() const;
    /// Binds the image's firmware of that driver where the root shall show it, unless it shows
    /// there; before mount().
    void showFirmware(const std::string& driver);
    /// Takes that bind away.
    void hideFirmware();
    void mount();
    /// Detaches everything at and below the root, here and on the host. Nothing there is fine.
    void unmount();
    [[nodiscard]] bool isMounted() const;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Where a file of init's container shows.
    [[nodiscard]] std::filesystem::path inside(const std::filesystem::path& file) const {
        return path_ / file.relative_path();
    }
    /// Where the kernel shall look for the driver's firmware.
    [[nodiscard]] std::filesystem::path firmware() const { return path_ / "lib/firmware"; }

  private:
    std::filesystem::path runDirectory_;
    std::filesystem::path path_;
    host::NodeActions& actions_;
    host::Roots roots_;
    bool boundFirmware_ = false;
};

/// Where an image keeps firmware, in the form that the kernel's firmware path wants:
/// nvidia/VERSION/gsp_*.bin.
std::filesystem::path keptFirmware(const std::filesystem::path& root = "/");

} // namespace loader
