/// Where the driver for containers is looked for.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kInventorySettings = {
    "Inventory",
    {
        {.name = "driver-root",
         .environment = {"DRIVERCTL_DRIVER_ROOT", "NVIDIA_DRIVER_ROOT"},
         .in = [](Options& o) -> Slot { return &o.inventory.driverRoot; },
         .placeholder = "DIR",
         .help = "Directory that shows the driver's userspace; default: /run/nvidia/driver where "
                 "it has a driver, else /"},
        {.name = "mps-pipe-directory",
         .environment = {"DRIVERCTL_MPS_PIPE_DIRECTORY", "CUDA_MPS_PIPE_DIRECTORY"},
         .in = [](Options& o) -> Slot { return &o.inventory.mpsPipes; },
         .placeholder = "DIR",
         .help = "Directory of the MPS daemon's sockets, in the driver root"},
    }};

} // namespace driverctl
