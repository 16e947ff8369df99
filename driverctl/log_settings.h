/// What the program logs, and how. Plain values.
#pragma once

#include <string>

namespace driverctl {

struct LogSettings {
    std::string format = "text"; ///< text, json
    bool quiet = false;          ///< warnings and errors only
    bool verbose = false;        ///< details
};

} // namespace driverctl
