/// Where the kernel looks for firmware first: /sys/module/firmware_class/parameters/path.
///
/// The kernel resolves the path in the mount namespace of the machine's init, whoever set it. A
/// path that somebody else set is respected.
#pragma once

#include "host/kernel/node_actions.h"
#include "loader/state.h"

#include <filesystem>
#include <optional>
#include <string>

namespace loader {

/// True when nvidia is loaded with NVreg_EnableGpuFirmware=0: it asks for none.
bool withoutFirmware(const NodeState& state);

class FirmwarePath {
  public:
    explicit FirmwarePath(host::NodeActions& actions, const std::filesystem::path& sys = "/sys");

    /// Sets `path` and returns nothing; or returns the foreign path that is set and changes
    /// nothing. Setting the same path again is fine.
    std::optional<std::string> set(const std::filesystem::path& path);
    /// Puts back what was there before set(), unless somebody changed it since.
    void restore();
    /// Empties it where it is `path`: of a driver root that is gone.
    void clear(const std::filesystem::path& path);

  private:
    host::NodeActions& actions_;
    std::filesystem::path parameter_;
    std::optional<std::string> ours_;
};

} // namespace loader
