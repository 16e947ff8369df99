/// Settings that only one command has, or that are about its report. Plain values.
#pragma once

#include <filesystem>
#include <string>

namespace driverctl {

struct CommandSettings {
    bool json = false;
    bool acceptLicense = false;                                      ///< changes nothing
    bool hostMofed = false;                                          ///< reload_nvidia_peermem
    std::string mountFrom = {};                                      ///< push
    std::filesystem::path storePath = "/var/lib/driverctl/packages"; ///< image add-packages
    std::filesystem::path toolkitRoot = "/usr/local/nvidia";         ///< toolkit install
    bool noDaemon = false;                                           ///< toolkit install
    std::filesystem::path terminationLog = "/dev/termination-log";   ///< init
};

} // namespace driverctl
