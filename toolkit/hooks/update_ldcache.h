/// The hook update-ldcache: the container's dynamic linker finds the driver's libraries.
#pragma once

#include "toolkit/hooks/container_root.h"
#include "toolkit/hooks/ldconfig_program.h"

#include <string>
#include <vector>

namespace toolkit {

/// The folders, in the container, as --folder gave them. Throws host::Error with Fault::Usage for
/// one that is not absolute, or that one line does not hold.
std::vector<std::string> parseFolders(const std::vector<std::string>& texts);

/// Writes the linker's configuration, and a cache that an ldconfig of `places` makes of it. Throws
/// host::Error.
void updateLdcache(const ContainerRoot& root, const std::vector<std::string>& folders,
                   const std::vector<ProgramPlace>& places);

} // namespace toolkit
