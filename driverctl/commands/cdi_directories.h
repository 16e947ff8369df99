/// The CDI directories that a command is given to look at. Private to cdi_list.cpp and
/// cdi_validate.cpp.
#pragma once

#include "driverctl/cli/argument.h"
#include "toolkit/cdi/directories.h"

#include <filesystem>
#include <vector>

namespace driverctl {

inline Argument directoriesArgument() {
    return {.name = "spec-dir",
            .flags = "--spec-dir",
            .placeholder = "DIR",
            .help = "CDI directory, the most important one last; default: /etc/cdi, /var/run/cdi",
            .isInput = true,
            .most = kAnyNumber};
}

inline std::vector<std::filesystem::path> directoriesIn(const Arguments& arguments) {
    const auto& words = arguments.words("spec-dir");
    return words.empty() ? toolkit::cdi::defaultDirectories()
                         : std::vector<std::filesystem::path>(words.begin(), words.end());
}

} // namespace driverctl
