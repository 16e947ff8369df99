/// What the program logs, and how. Plain values.
#pragma once

#include "driverctl/report/log.h"

namespace driverctl {

struct LogSettings {
    LogFormat format = LogFormat::Text;
    bool quiet = false;   ///< warnings and errors only
    bool verbose = false; ///< details
};

} // namespace driverctl
