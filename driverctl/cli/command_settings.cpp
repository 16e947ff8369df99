/// What only one command has, or is about its report.
#include "driverctl/cli/groups.h"

namespace driverctl {

const Group kCommandSettings = {
    "Options",
    {
        {.name = "json",
         .environment = {"DRIVERCTL_JSON"},
         .in = [](Options& o) -> Slot { return &o.command.json; },
         .help = "Report as JSON"},
        {.name = "accept-license",
         .flags = "-a",
         .environment = {"DRIVERCTL_ACCEPT_LICENSE"},
         .in = [](Options& o) -> Slot { return &o.command.acceptLicense; },
         .help = "Accept NVIDIA's license (kept for NVIDIA's driver container; changes nothing)"},
        {.name = "host-mofed",
         .environment = {"DRIVERCTL_HOST_MOFED", "USE_HOST_MOFED"},
         .in = [](Options& o) -> Slot { return &o.command.hostMofed; },
         .help = "The host itself has NVIDIA's network driver, no container brings it"},
        {.name = "mount-from",
         .environment = {"DRIVERCTL_MOUNT_FROM"},
         .in = [](Options& o) -> Slot { return &o.command.mountFrom; },
         .placeholder = "REPOSITORY",
         .help = "Repository of the same registry that may have the content already: it is taken "
                 "from there"},
        {.name = "store-path",
         .environment = {"DRIVERCTL_STORE_PATH"},
         .in = [](Options& o) -> Slot { return &o.command.storePath; },
         .placeholder = "DIR",
         .help = "Directory inside the image that holds the packages"},
        {.name = "toolkit-root",
         .environment = {"DRIVERCTL_TOOLKIT_ROOT", "TOOLKIT_INSTALL_DIR", "ROOT"},
         .in = [](Options& o) -> Slot { return &o.command.toolkitRoot; },
         .placeholder = "DIR",
         .help = "Where the directory 'toolkit' is made when no other is named"},
        {.name = "no-daemon",
         .flags = "-n",
         .environment = {"DRIVERCTL_NO_DAEMON", "NO_DAEMON"},
         .in = [](Options& o) -> Slot { return &o.command.noDaemon; },
         .help = "Install and end, instead of waiting for a signal that takes all back"},
        {.name = "termination-log",
         .environment = {"DRIVERCTL_TERMINATION_LOG"},
         .in = [](Options& o) -> Slot { return &o.command.terminationLog; },
         .placeholder = "FILE",
         .help = "File that is told why init ends, or cannot: Kubernetes' terminationMessagePath. "
                 "It is not made where it is not there"},
    }};

} // namespace driverctl
