/// The configuration that a kernel was built with, as far as it can be found on a node.
///
/// The running kernel tells it itself in /proc/config.gz (IKCONFIG_PROC); else distributions put it
/// beside the kernel or into its module tree. Reads only.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace host {

struct KernelConfig {
    std::filesystem::path file;                             ///< where it was found
    std::map<std::string, std::string, std::less<>> values; ///< "CONFIG_MODULES" → "y"

    /// y or m.
    [[nodiscard]] bool has(std::string_view option) const;
};

/// "CONFIG_X=value" lines; everything else is skipped.
KernelConfig parseKernelConfig(std::string_view text, std::filesystem::path file);

/// `kernel` is uname -r, `root` where the host's files are. Nothing when no file can be read; a
/// damaged one counts as none.
std::optional<KernelConfig> readKernelConfig(const std::string& kernel,
                                             const std::filesystem::path& proc = "/proc",
                                             const std::filesystem::path& root = "/");

} // namespace host
