/// Who reads CDI specifications: container runtimes, and which versions each of their series knows.
///
/// The table errs on the side of less: a series counts as what its oldest known build knows. A
/// reader that is too old for one field drops the whole file, and the device is "unresolvable".
#pragma once

#include "toolkit/cdi/version.h"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toolkit::cdi {

/// A series of a program: this release and all later ones before the next of the table.
struct Reader {
    std::string_view program; ///< "podman", as it is called in PATH but for docker
    unsigned major;
    unsigned minor;
    Version newest; ///< that it knows
    bool operator==(const Reader&) const = default;
};

std::string toString(const Reader& reader); ///< "podman-4.3"

/// By program, old before new.
std::span<const Reader> allReaders();

/// The series that "podman-4.3" or "podman-4.4.1" belongs to. Throws Error(Fault::Usage) for a
/// program that is not in the table, or a release that reads no CDI.
Reader readerOf(std::string_view text);

/// Where a host keeps its container runtimes.
std::vector<std::filesystem::path> programDirectories();

/// Those of the programs in the directories that are of a series that reads CDI, by asking each for
/// its version, all at once. What cannot be started, or is silent for five seconds, is not there.
std::vector<Reader>
findReaders(const std::vector<std::filesystem::path>& directories = programDirectories());

/// By their names (readerOf), or those of this host where no name is given.
std::vector<Reader> readersFor(const std::vector<std::string>& names);

/// The newest version that all of them know. Of nobody: the oldest one of the table, so that
/// whoever comes can read it.
Version newestKnownToAll(std::span<const Reader> readers);

/// Why the reader refuses the specification, which is valid; empty when it reads it.
std::vector<std::string> objectionsOf(const Reader& reader, const nlohmann::json& specification);

} // namespace toolkit::cdi
