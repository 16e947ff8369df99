/// What a CDI specification is made for.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kCdiSettings = {
    "CDI",
    {
        {.name = "cdi-names",
         .flags = "--name-by",
         .environment = {"DRIVERCTL_CDI_NAMES"},
         .in = [](Options& o) -> Slot { return &o.cdi.names; },
         .placeholder = "WORD",
         .help = "What devices are named by",
         .choices = {"index", "uuid", "type-index"}},
        {.name = "cdi-readers",
         .flags = "--for",
         .environment = {"DRIVERCTL_CDI_READERS"},
         .in = [](Options& o) -> Slot { return &o.cdi.readers; },
         .placeholder = "READER",
         .help = "Container runtimes that have to read the specification, such as podman-4.3; "
                 "default: those of this host"},
        {.name = "hook-path",
         .environment = {"DRIVERCTL_HOOK_PATH"},
         .in = [](Options& o) -> Slot { return &o.cdi.hookPath; },
         .placeholder = "FILE",
         .help = "driverctl-hook on the host; default: where the driver root or this program has "
                 "it"},
    }};

} // namespace driverctl
