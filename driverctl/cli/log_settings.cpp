/// What is logged. Every command has these.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kLogSettings = {"Log",
                            {
                                {.name = "log-format",
                                 .environment = {"DRIVERCTL_LOG_FORMAT"},
                                 .in = [](Options& o) -> Slot { return Choice(o.log.format); },
                                 .placeholder = "FORMAT",
                                 .help = "Log as text for people or as JSON lines",
                                 .choices = {{"text", LogFormat::Text}, {"json", LogFormat::Json}}},
                                {.name = "quiet",
                                 .flags = "-q",
                                 .environment = {"DRIVERCTL_QUIET"},
                                 .in = [](Options& o) -> Slot { return &o.log.quiet; },
                                 .help = "Log warnings and errors only"},
                                {.name = "verbose",
                                 .flags = "-v",
                                 .environment = {"DRIVERCTL_VERBOSE"},
                                 .in = [](Options& o) -> Slot { return &o.log.verbose; },
                                 .help = "Log details"},
                            }};

} // namespace driverctl
