/// The directories of a driver root in which libraries may lie, and what each holds.
///
/// Those that NVIDIA's installer and the distributions use, those that the root's ld.so.cache has a
/// library of the driver in, and a vdpau/ of each. Links are followed inside the root. Throws
/// SystemError for a directory that cannot be read.
#pragma once

#include "host/base/rooted.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

struct LibraryDirectory {
    std::filesystem::path path; ///< from the root, without a link
    std::vector<std::string> names;
};

/// Each once, and only those that are there.
std::vector<LibraryDirectory> libraryDirectories(const host::Rooted& root);

/// The driver's version: the wanted one where any library has it, else that of libcuda.so, else of
/// libnvidia-ml.so. Empty where there is none of them.
std::string driverVersionIn(const std::vector<LibraryDirectory>& directories,
                            const std::string& wanted);

} // namespace toolkit
