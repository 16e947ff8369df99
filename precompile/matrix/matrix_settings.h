/// Which packages are built in one go, and how. Plain values.
#pragma once

#include <string>
#include <vector>

namespace precompile {

struct MatrixSettings {
    unsigned jobs = 1; ///< packages that are built at a time
    std::vector<std::string> releases = {};
    std::vector<std::string> channels = {}; ///< the current release of each
    std::vector<std::string> drivers = {};  ///< empty: all that there are sources of
    std::vector<std::string> flavours = {}; ///< empty: all that a driver has
    std::string shard = {};                 ///< "I/N"; empty: all of it
    bool keepGoing = false;                 ///< further packages are started after one has failed
};

} // namespace precompile
