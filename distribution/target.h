/// What kernel modules are for, or a node is: an operating system's release and a kernel. A kernel
/// version alone is no valid key: several releases share one.
#pragma once

#include <string>

namespace distribution {

struct Target {
    std::string osId;         ///< os-release(5)'s ID: "flatcar", "debian"
    std::string osRelease;    ///< its VERSION_ID, or what tells builds of it apart: "4593.2.5"; of
                              ///< a rolling release its code name: "forky"
    std::string architecture; ///< as uname -m prints it
    std::string kernel;       ///< as uname -r prints it; empty where it is not known yet: any
    bool operator==(const Target&) const = default;
};

} // namespace distribution
