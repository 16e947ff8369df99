/// The ldconfig that works on containers: a program of the host's or of the driver root's, never
/// the container's own, executed from memory so that nobody changes it meanwhile.
///
/// It has to be statically linked: the interpreter of any other would be the container's. Throws
/// host::Error.
#pragma once

#include "host/base/fd.h"

#include <filesystem>
#include <vector>

namespace toolkit {

struct LdconfigProgram {
    host::Fd file;                ///< sealed
    std::filesystem::path origin; ///< for errors
};

/// A file, and the root that links on the way to it stay in.
struct ProgramPlace {
    std::filesystem::path root;
    std::filesystem::path inside;
    bool operator==(const ProgramPlace&) const = default;
};

/// Where an ldconfig may be, best first: in the root that `hook` lies in (as ROOT/usr/bin/NAME),
/// whose ldconfig came with it; then on the host. "ldconfig.real" is Ubuntu's, where "ldconfig" is
/// a script.
std::vector<ProgramPlace> ldconfigPlaces(const std::filesystem::path& hook);

/// The first of them that is there and is statically linked.
LdconfigProgram sealLdconfig(const std::vector<ProgramPlace>& places);

} // namespace toolkit
