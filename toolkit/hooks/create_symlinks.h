/// The hook create-symlinks: symbolic links in a container to files that are mounted into it, such
/// as libcuda.so.1.
#pragma once

#include "host/base/observer.h"
#include "toolkit/hooks/container_root.h"

#include <filesystem>
#include <string>
#include <vector>

namespace toolkit {

struct SymbolicLink {
    std::string target; ///< as the link says it
    std::filesystem::path link;
    bool operator==(const SymbolicLink&) const = default;
};

/// "TARGET::LINK" each. Throws host::Error with Fault::Usage.
std::vector<SymbolicLink> parseLinks(const std::vector<std::string>& texts);

/// Makes each of them; what is there and is no link stays, with a warning. Throws host::Error at
/// the first that cannot be made.
void createSymlinks(const ContainerRoot& root, const std::vector<SymbolicLink>& links,
                    const host::Observer& observer);

} // namespace toolkit
