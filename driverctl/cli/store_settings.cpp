/// The store of packages.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kStoreSettings = {
    "Store",
    {
        {.name = "store",
         .environment = {"DRIVERCTL_STORE"},
         .in = [](Options& o) -> Slot { return &o.store.directory; },
         .placeholder = "DIR",
         .help = "Directory that holds the packages"},
        {.name = "keep",
         .environment = {"DRIVERCTL_KEEP"},
         .in = [](Options& o) -> Slot { return &o.store.keep; },
         .help = "Newest packages that stay, of each operating system, architecture, driver and "
                 "flavour"},
    }};

} // namespace driverctl
