/// Which packages are built in one go.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kMatrixSettings = {
    "Many packages",
    {
        {.name = "releases",
         .environment = {"DRIVERCTL_RELEASES"},
         .in = [](Options& o) -> Slot { return &o.matrix.releases; },
         .placeholder = "RELEASES",
         .help = "Releases, comma separated"},
        {.name = "channels",
         .environment = {"DRIVERCTL_CHANNELS"},
         .in = [](Options& o) -> Slot { return &o.matrix.channels; },
         .placeholder = "CHANNELS",
         .help = "Channels, comma separated: the current release of each"},
        {.name = "drivers",
         .environment = {"DRIVERCTL_DRIVERS"},
         .in = [](Options& o) -> Slot { return &o.matrix.drivers; },
         .placeholder = "VERSIONS",
         .help = "Driver versions, comma separated; default: all in --source-dir"},
        {.name = "flavours",
         .environment = {"DRIVERCTL_FLAVOURS"},
         .in = [](Options& o) -> Slot { return &o.matrix.flavours; },
         .placeholder = "FLAVOURS",
         .help = "Kernel module flavours, comma separated; default: all that a driver has"},
        {.name = "shard",
         .environment = {"DRIVERCTL_SHARD"},
         .in = [](Options& o) -> Slot { return &o.matrix.shard; },
         .placeholder = "I/N",
         .help = "I/N: only the packages of part I of N; I runs from 0 to N-1"},
        {.name = "jobs",
         .flags = "-j",
         .environment = {"DRIVERCTL_JOBS"},
         .in = [](Options& o) -> Slot { return &o.matrix.jobs; },
         .help = "Packages that are built at a time; --max-threads is divided between them"},
        {.name = "keep-going",
         .environment = {"DRIVERCTL_KEEP_GOING"},
         .in = [](Options& o) -> Slot { return &o.matrix.keepGoing; },
         .help = "Start further packages after one has failed"},
    }};

} // namespace driverctl
