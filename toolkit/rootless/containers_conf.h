/// What podman is configured to start containers with: containers.conf(5), of which several files
/// count.
///
/// Pure but for listing directories. Of tables the entries of all files add up; of a value the last
/// file's counts, to which a list can say that it is to be appended ({append = true}).
#pragma once

#include "host/base/roots.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit::rootless {

using Environment = std::map<std::string, std::string>;

/// Empty when it is not set.
std::string valueOf(const Environment& environment, const std::string& name);

struct ContainersConf {
    std::string runtime; ///< [engine] runtime, a name or a path; empty: podman chooses
    /// [engine.runtimes], by name: where the program may lie, best place first.
    std::map<std::string, std::vector<std::filesystem::path>> runtimes;
    std::vector<std::filesystem::path> hookDirectories; ///< [engine] hooks_dir
    std::vector<std::filesystem::path> cdiDirectories;  ///< [engine] cdi_spec_dirs
};

/// Throws Error (Fault::Usage) that names file, line and column of what is no TOML. A value of
/// another type than podman wants is left out.
void layOver(ContainersConf& conf, std::string_view text, const std::filesystem::path& file);

/// In the order in which they are laid over each other, for the user whose environment it is; any
/// of them may be missing.
std::vector<std::filesystem::path> containersConfFiles(const Environment& environment,
                                                       const host::Roots& roots);

} // namespace toolkit::rootless
