/// Settings that only one command has, or that are about its report. Plain values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace driverctl {

struct CommandSettings {
    bool json = false;
    bool acceptLicense = false;                                      ///< changes nothing
    bool hostMofed = false;                                          ///< reload_nvidia_peermem
    std::string mountFrom;                                           ///< push
    std::filesystem::path storePath = "/var/lib/driverctl/packages"; ///< image add-packages
};

enum class Probe { Startup, Readiness, Liveness };

/// What the command line gives a command to act on.
struct Arguments {
    bool dryRun = false;
    bool plan = false;
    bool html = false;
    std::optional<Probe> probe;
    std::string reference;
    std::string show;
    std::vector<std::string> packages;
    std::filesystem::path directory;
    std::filesystem::path output;
    std::filesystem::path image;
};

} // namespace driverctl
