/// Where the node's own directories lie: what reads or changes a node takes this, so that a test
/// can give it a tree of its own.
///
/// The default is the node that the process runs on. Paths only: nothing is opened here.
#pragma once

#include <filesystem>

namespace host {

struct Roots {
    std::filesystem::path proc = "/proc";
    std::filesystem::path sys = "/sys";
    std::filesystem::path dev = "/dev";
    std::filesystem::path run = "/run";
    std::filesystem::path etc = "/etc";
    std::filesystem::path root = "/"; ///< for what lies in none of them: /boot, /lib, /host
};

} // namespace host
