/// CDI directories as their readers see them: which device comes from which file, which files are
/// dropped, and why a device is not what it seems.
///
/// Files are *.json and *.yaml directly in a directory. A device in a later directory hides the
/// same one in an earlier directory. The same device in two files of one directory is none at all,
/// whatever a later directory has. What is wrong with a file is a part of the answer and no error.
#pragma once

#include "host/base/roots.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace toolkit::cdi {

/// Earlier ones first: of the administrator, and of what runs.
std::vector<std::filesystem::path> defaultDirectories(const std::filesystem::path& root = "/");

/// By whatever names; a directory that is not there yet is where it would be made.
bool isSameDirectory(const std::filesystem::path& one, const std::filesystem::path& other);

struct CdiFile {
    std::filesystem::path path;
    nlohmann::json specification = {};      ///< null when it cannot be read
    std::vector<std::string> problems = {}; ///< why readers drop it
    std::vector<std::string> stale = {};    ///< what it names and the host has not (stale.h)
};

/// For validation and the list alike. The file may be of any name; one that ends with .json is
/// JSON, others are YAML. `stale` is left empty.
CdiFile readCdiFile(const std::filesystem::path& path);

enum class DeviceState {
    Usable,
    Hidden,    ///< by the same one in a later directory
    Ambiguous, ///< there are two in one directory: readers find none
};

struct CdiDevice {
    std::string name; ///< "nvidia.com/gpu=0"
    std::filesystem::path file;
    DeviceState state = DeviceState::Usable;
    std::filesystem::path other = {}; ///< where the other one is
};

struct Listing {
    std::vector<CdiFile> files;     ///< by directory, then by name
    std::vector<CdiDevice> devices; ///< in the order of the files, and in theirs
};

/// A directory that is not there holds nothing; one that is named twice counts where it is named
/// last. Throws SystemError for one that cannot be read.
Listing listDirectories(const std::vector<std::filesystem::path>& directories,
                        const host::Roots& roots);

/// The same, of the file's directory as well, which is named as in the file's path: the last one,
/// or in its place where it is one of them.
Listing listDirectoriesWith(const std::filesystem::path& file,
                            std::vector<std::filesystem::path> directories,
                            const host::Roots& roots);

/// What somebody should do something about: files of the GPUs' kind that readers drop or that are
/// stale, and devices that are ambiguous.
struct CdiFinding {
    std::string text;
    std::string remedy;
};
std::vector<CdiFinding> findingsIn(const Listing& listing);

/// Why containers cannot have the file's devices, which readers read; nothing where they can.
std::optional<CdiFinding> findingOfAmbiguity(const Listing& listing,
                                             const std::filesystem::path& file);

} // namespace toolkit::cdi
